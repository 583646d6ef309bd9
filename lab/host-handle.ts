// What can be done to and on one host: run things in it, and every kind of bad luck a machine can have.
import type { DiskState } from './machine-hosts/disk-faults.ts';
import { ensureHost, removeHost, waitForDeath, waitForHost } from './hosts.ts';
import { inspectState } from './podman.ts';
import type { Podman } from './podman.ts';
import { runAttached } from './spawn.ts';
import type { CommandResult } from './spawn.ts';
import type { MachineSystem } from './parts/index.ts';
import type { HostKind, HostRecord, InstanceRecord } from './state.ts';

/** `input` goes to standard input; `timeoutMs` ends the waiting (not the command on the host) with exit code 124. */
type ExecOptions = { input?: string; timeoutMs?: number };

/** One host of an instance. All of it is safe to ask for twice. */
export type HostHandle = {
  /** `host1`, `host2`, … */
  name: string;
  /** Its hostname and container name, byo-<instance>-<name>. */
  hostname: string;
  address: string;
  kind: HostKind;
  /** Run a program on the host; any exit code is an answer. */
  exec(argv: string[], options?: ExecOptions): Promise<CommandResult>;
  /** Hand the terminal to a program on the host; gives its exit code. */
  attach(argv: string[]): Promise<number>;
  /** Copy a file or folder of this machine to a path on the host. */
  copyIn(from: string, to: string): Promise<void>;
  /** podman's word: `running`, `exited`, `paused`; undefined when the host is gone. */
  state(): Promise<string | undefined>;
  /** A clean shutdown and start; back when it has booted. */
  reboot(): Promise<void>;
  /** Power loss: every process of the host gone at once. */
  kill(): Promise<void>;
  /** A clean shutdown. */
  stop(): Promise<void>;
  /** Power on; back when it has booted. */
  start(): Promise<void>;
  /** Freeze every process, as a hung machine. */
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Gone for ever, disks and all. `startInstance` makes a new, empty host under this name. */
  remove(): Promise<void>;
  /** Its clock is so far off that of the machine it runs on, now and at each start. Machines only. */
  clock(offsetSeconds: number): Promise<void>;
  /** What becomes of its disk: full, read-only, slow (each request by `delayMs`, 50), or well again. Machines only. */
  disk(state: DiskState, delayMs?: number): Promise<void>;
  /** Another operating system on an empty disk; back when it has booted. Machines only. */
  boot(system: MachineSystem): Promise<void>;
};

/** Open a handle; touches nothing. `image` is needed by `start` when the host was removed. */
export function openHost(podman: Podman, record: InstanceRecord, o: { host: HostRecord; image: string }): HostHandle {
  const { host } = o;
  return {
    name: host.name,
    hostname: host.container,
    address: host.address,
    kind: 'container',
    ...doingOn(podman, host),
    ...doingTo(podman, record, o),
    ...onlyOnMachines(host),
  };
}

/** A container has neither clock nor disk of its own, and is no other operating system. */
function onlyOnMachines({ name }: HostRecord): Pick<HostHandle, 'clock' | 'disk' | 'boot'> {
  const refuse = async (): Promise<never> =>
    Promise.reject(new Error(`${name} is a container: this needs a kernel of its own (lab up --kind machine)`));
  return { clock: refuse, disk: refuse, boot: refuse };
}

function doingOn(podman: Podman, host: HostRecord): Pick<HostHandle, 'exec' | 'attach' | 'copyIn'> {
  return {
    exec: async (argv, options = {}) => {
      const stdin = options.input === undefined ? [] : ['-i'];
      return podman.ask(['exec', ...stdin, host.container, ...argv], options);
    },
    attach: async (argv) => {
      const terminal = process.stdin.isTTY ? ['-it'] : ['-i'];
      return runAttached(['podman', 'exec', ...terminal, host.container, ...argv], podman.environment);
    },
    copyIn: async (from, to) => {
      await podman.run(['cp', from, `${host.container}:${to}`]);
    },
  };
}

function doingTo(
  podman: Podman,
  record: InstanceRecord,
  o: { host: HostRecord; image: string },
): Pick<HostHandle, 'state' | 'start' | 'reboot' | 'kill' | 'stop' | 'pause' | 'unpause' | 'remove'> {
  const { container } = o.host;
  const state = async (): Promise<string | undefined> => inspectState(podman, container);
  const unless = async (word: string, args: string[]): Promise<void> => {
    if ((await state()) !== word) await podman.run([...args, container], { timeoutMs: 120_000 });
  };
  const start = async (): Promise<void> => boot(podman, record, o);
  return {
    state,
    start,
    reboot: async () => {
      await unless('exited', ['stop']);
      await start();
    },
    kill: async () => {
      await unless('exited', ['kill', '-s', 'KILL']);
      await waitForDeath(podman, o.host);
    },
    stop: async () => unless('exited', ['stop']),
    pause: async () => unless('paused', ['pause']),
    unpause: async () => unless('running', ['unpause']),
    remove: async () => removeHost(podman, o.host),
  };
}

async function boot(podman: Podman, record: InstanceRecord, o: { host: HostRecord; image: string }): Promise<void> {
  await ensureHost(podman, record, o);
  await waitForHost(podman, o.host);
}
