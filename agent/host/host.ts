// The machine as the agent sees it: files, commands, systemd units. The only way for the rest of the agent to touch it.

/** Result of a short command; output is cut to the end of each stream: 64 KiB, or as the caller says. */
export type CommandResult = { exitCode: number; stdout: string; stderr: string };

/** A command that may last: it runs as a transient systemd unit and survives the agent. */
export type UnitCommand = {
  /** Name of the unit without suffix, unique per operation and step: a second start of it attaches. */
  unit: string;
  /**
   * The whole script, with its `#!` line; written 0700 on tmpfs or disk as `secret` says, never put in argv. It runs with
   * the working directory / and umask 0077: one that makes files for others says `umask 022` itself.
   */
  script: string;
  /** The script may hold secrets: keep it, its environment and its output on tmpfs (/run), and erase them when read. */
  secret?: boolean;
  /** Beside HOME and PATH, which are always set (HOME is empty in units otherwise). Kept in a 0600 file, not in argv. */
  environment?: Record<string, string>;
  /** After this long the whole unit is ended; its exit code is then 124, as timeout(1) has it. */
  runtimeMaxSeconds?: number;
};

/**
 * How a unit ended. `lost`: neither unit nor durable result; `sameBoot` tells "never started" from "cut by a reboot".
 * `tail` is the end of the output: it may hold secrets unless the caller knows better.
 */
export type UnitResult =
  { ended: true; exitCode: number; tail: string } | { ended: false; lost: true; sameBoot: boolean };

export type FileStat = {
  kind: 'file' | 'directory' | 'link' | 'other';
  mode: number;
  uid: number;
  gid: number;
  size: number;
};

/** Reads and runs on the machine. Paths are absolute; an implementation may prefix a root for tests. */
export interface Host {
  /** Prefix of every path, for tests; absent on the machine itself. */
  readonly root?: string;
  /** Reads a file; undefined when it does not exist. */
  readFile(path: string): Promise<Buffer | undefined>;
  /** Without following links; undefined when absent. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Names in a folder; empty when it does not exist. */
  list(path: string): Promise<string[]>;
  /** What a link says, as it is written there; undefined when it is none, or absent. */
  readLink(path: string): Promise<string | undefined>;
  /**
   * Runs a short command without a shell; never throws on a non-zero exit: 127 when there is no such command, 128 + n when
   * signal n ended it. `timeoutSeconds` defaults to 60; then everything it started is killed and a ByoError thrown.
   */
  run(
    argv: string[],
    options?: {
      /** In pieces: asked for the next when one was taken. */
      input?: Buffer | AsyncIterable<Uint8Array>;
      timeoutSeconds?: number;
      signal?: AbortSignal;
      /** Bytes kept of each stream. */
      outputLimit?: number;
    },
  ): Promise<CommandResult>;
  /**
   * Starts the unit, or attaches to it when it runs or has ended, and waits for its durable exit status. An abort of the
   * signal lets go of the unit and throws the signal's reason. `lost` is answered only when a reboot cut it.
   */
  runUnit(command: UnitCommand, signal: AbortSignal): Promise<UnitResult>;
  /** What is known of the unit now, without starting it; undefined when it never ran. */
  lookUnit(unit: string): Promise<'running' | UnitResult | undefined>;
  /** Ends the unit with everything it started (its whole control group); one without a result is then ended with 143. */
  stopUnit(unit: string): Promise<void>;
  /** Stops the unit and erases all that is known of it: only then may its name run again. */
  forgetUnit(unit: string): Promise<void>;
  /** Random per boot, kept in /run: containers keep boot_id across restarts. */
  bootMarker(): Promise<string>;
}
