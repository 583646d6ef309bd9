// The machine as the agent sees it: files, commands, systemd units. The only way for the rest of the agent to touch it.

/** Result of a short command; output is cut to the last 64 KiB of each stream. */
export type CommandResult = { exitCode: number; stdout: string; stderr: string };

/** A command that may last: it runs as a transient systemd unit and survives the agent. */
export type UnitCommand = {
  /** Name of the unit without suffix, unique per operation and step: a second start of it attaches. */
  unit: string;
  /** The whole script, with its `#!` line; written 0700 on tmpfs or disk as `secret` says, never put in argv. */
  script: string;
  /** The script may hold secrets: keep it, and its output, on tmpfs (/run), 0600. */
  secret?: boolean;
  environment?: Record<string, string>;
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
  /** Reads a file; undefined when it does not exist. */
  readFile(path: string): Promise<Buffer | undefined>;
  /** Without following links; undefined when absent. */
  stat(path: string): Promise<FileStat | undefined>;
  list(path: string): Promise<string[]>;
  /** Runs a short command without a shell; never throws on a non-zero exit. `timeoutSeconds` defaults to 60. */
  run(
    argv: string[],
    options?: { input?: Buffer | NodeJS.ReadableStream; timeoutSeconds?: number; signal?: AbortSignal },
  ): Promise<CommandResult>;
  /** Starts the unit, or attaches to it when it runs or has ended, and waits for its durable exit status. */
  runUnit(command: UnitCommand, signal: AbortSignal): Promise<UnitResult>;
  /** What is known of the unit now, without starting it; undefined when it never ran. */
  lookUnit(unit: string): Promise<'running' | UnitResult | undefined>;
  /** Ends the unit with everything it started (its whole control group). */
  stopUnit(unit: string): Promise<void>;
  /** Random per boot, kept in /run: containers keep boot_id across restarts. */
  bootMarker(): Promise<string>;
}
