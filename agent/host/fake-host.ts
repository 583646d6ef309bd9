// A machine for tests: real files below a folder, commands that are recorded and answered by script, units that survive
// the agent and die with a reboot.
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CommandResult, Host, UnitCommand, UnitResult } from './host.ts';
import { createFileReader } from './machine-host.ts';

/** Answers a command or declines it; the last handler that answers wins, and exit code 0 without output is the default. */
type CommandHandler = (argv: string[], input?: Buffer) => Partial<CommandResult> | undefined;

/** Ends a unit when it is started, or leaves it running (undefined) until `finishUnit`. */
type UnitHandler = (command: UnitCommand) => { exitCode: number; tail?: string } | undefined;

export type FakeHost = Host & {
  readonly root: string;
  /** Every short command, in order. */
  readonly commands: string[][];
  /** Every start of a unit, in order: attaching is none. */
  readonly started: UnitCommand[];
  onRun(handler: CommandHandler): void;
  onUnit(handler: UnitHandler): void;
  finishUnit(unit: string, exitCode: number, tail?: string): void;
  /** Writes a file below the root, with its folders. */
  put(path: string, content: string | Buffer, mode?: number): Promise<void>;
  /** Units that run are cut, /run is emptied, the boot marker is another. */
  reboot(): Promise<void>;
  /** A second machine that is as this one is at this moment, as if the power had gone; without its handlers. */
  copy(): FakeHost;
  /** Removes the root folder. */
  remove(): Promise<void>;
};

type FakeUnit = { boot: string; result?: { exitCode: number; tail: string } };
type World = {
  boot: string;
  units: Map<string, FakeUnit>;
  started: UnitCommand[];
  unitHandler: UnitHandler;
  waiting: Set<() => void>;
};

/** Units end at once with 0 unless `onUnit` says otherwise. */
export async function createFakeHost(): Promise<FakeHost> {
  const world = { boot: randomUUID(), units: new Map(), started: [] };
  const host = assemble(mkdtempSync(join(tmpdir(), 'byo-fake-host-')), { ...world, ...createWaiters() });
  // No kernel is without one.
  await host.put('/proc/self/mountinfo', '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n');
  return host;
}

function createWaiters(): Pick<World, 'unitHandler' | 'waiting'> {
  return { unitHandler: () => ({ exitCode: 0 }), waiting: new Set() };
}

function assemble(root: string, world: World): FakeHost {
  return {
    root,
    ...createFileReader(root),
    ...createCommands(),
    ...createUnits(world),
    bootMarker: async () => world.boot,
    async put(path, content, mode = 0o644) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content, { mode });
    },
    async reboot() {
      world.boot = randomUUID();
      await rm(join(root, 'run'), { recursive: true, force: true });
      wake(world);
    },
    copy() {
      const target = mkdtempSync(join(tmpdir(), 'byo-fake-host-'));
      cpSync(root, target, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      const { boot, units, started } = world;
      const known = new Map([...units].map(([name, unit]) => [name, { ...unit }]));
      return assemble(target, { boot, units: known, started: [...started], ...createWaiters() });
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

function createCommands(): Pick<FakeHost, 'run' | 'commands' | 'onRun'> {
  const commands: string[][] = [];
  const handlers: CommandHandler[] = [];
  return {
    commands,
    onRun: (handler) => void handlers.unshift(handler),
    async run(argv, options = {}) {
      options.signal?.throwIfAborted();
      commands.push(argv);
      const input = options.input === undefined ? undefined : await readAll(options.input);
      const answer = handlers.map((handler) => handler(argv, input)).find((it) => it !== undefined);
      return { exitCode: 0, stdout: '', stderr: '', ...answer };
    },
  };
}

async function readAll(input: Buffer | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (Buffer.isBuffer(input)) return input;
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function createUnits(
  world: World,
): Pick<FakeHost, 'runUnit' | 'lookUnit' | 'stopUnit' | 'forgetUnit' | 'started' | 'onUnit' | 'finishUnit'> {
  const finish = (unit: string, exitCode: number, tail = ''): void => {
    const known = world.units.get(unit);
    if (known && !known.result) known.result = { exitCode, tail };
    wake(world);
  };
  return {
    started: world.started,
    onUnit(handler) {
      world.unitHandler = handler;
    },
    finishUnit: finish,
    lookUnit: async (unit) => look(world, unit),
    stopUnit: async (unit) => finish(unit, 143),
    async forgetUnit(unit) {
      finish(unit, 143);
      world.units.delete(unit);
    },
    runUnit: (command, signal) => runUnit(world, command, signal),
  };
}

async function runUnit(world: World, command: UnitCommand, signal: AbortSignal): Promise<UnitResult> {
  signal.throwIfAborted();
  if (!world.units.has(command.unit)) {
    world.started.push(command);
    const unit: FakeUnit = { boot: world.boot };
    world.units.set(command.unit, unit);
    const result = world.unitHandler(command);
    if (result) unit.result = { tail: '', ...result };
  }
  for (;;) {
    const state = look(world, command.unit);
    // A unit that was forgotten while it was waited for has been stopped.
    if (state === undefined) return { ended: true, exitCode: 143, tail: '' };
    if (state !== 'running') return state;
    await nextChange(world, signal);
  }
}

function look(world: World, unit: string): 'running' | UnitResult | undefined {
  const known = world.units.get(unit);
  if (!known) return undefined;
  if (known.result) return { ended: true, ...known.result };
  return known.boot === world.boot ? 'running' : { ended: false, lost: true, sameBoot: false };
}

function wake(world: World): void {
  for (const resolve of world.waiting) resolve();
  world.waiting.clear();
}

function nextChange(world: World, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    world.waiting.add(resolve);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
