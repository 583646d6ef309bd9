// Commands that last, as transient systemd units: started once under their name, found again by whoever comes later.
import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { hasCode } from '../../common/system-error.ts';
import type { Host, UnitCommand, UnitResult } from './host.ts';
import { resetFailedUnit, showTransientUnit, startTransientUnit, stopTransientUnit, type Run } from './systemd.ts';
import {
  eraseSecrets,
  eraseUnit,
  hasBegun,
  prepareUnit,
  readExit,
  readStart,
  readTail,
  unitPathsOf,
  writeExit,
  type UnitFolders,
  type UnitPaths,
} from './unit-files.ts';
import { unitNameOf } from './unit-name.ts';

type Dependencies = { folders: UnitFolders; run: Run; bootMarker: () => Promise<string> };
type Unit = Dependencies & { name: string; paths: UnitPaths };

/** How often systemd is asked beside the watch of the exit file: it alone knows of a unit that was killed. */
const POLL_MILLISECONDS = 2000;
/** Exit status of a unit that was stopped: 128 + SIGTERM. */
const STOPPED = 143;

/** The unit methods of a Host. */
export function createTransientUnits(
  dependencies: Dependencies,
): Pick<Host, 'runUnit' | 'lookUnit' | 'stopUnit' | 'forgetUnit'> {
  const unitOf = (unit: string): Unit => {
    const name = unitNameOf(unit);
    return { ...dependencies, name, paths: unitPathsOf(dependencies.folders, name) };
  };
  return {
    runUnit: (command, signal) => runUnit(unitOf(command.unit), command, signal),
    lookUnit: (name) => lookUnit(unitOf(name)),
    stopUnit: (name) => stopUnit(unitOf(name)),
    async forgetUnit(name) {
      const unit = unitOf(name);
      await stopTransientUnit(unit.run, unit.name);
      await eraseUnit(unit.paths);
    },
  };
}

async function runUnit(unit: Unit, command: UnitCommand, signal: AbortSignal): Promise<UnitResult> {
  for (;;) {
    signal.throwIfAborted();
    const state = await lookUnit(unit);
    if (state === undefined || (state !== 'running' && !state.ended && state.sameBoot)) await startUnit(unit, command);
    else if (state === 'running') await waitForSign(unit.paths, signal);
    else return conclude(unit, state);
  }
}

/** A unit that is loaded already was started by somebody before us: the caller looks again and attaches. */
async function startUnit(unit: Unit, command: UnitCommand): Promise<void> {
  const argv = await prepareUnit(unit.folders, unit.paths, command, await unit.bootMarker());
  const { runtimeMaxSeconds } = command;
  await startTransientUnit(unit.run, { name: unit.name, argv, ...(runtimeMaxSeconds && { runtimeMaxSeconds }) });
}

async function lookUnit({ name, paths, run, bootMarker }: Unit): Promise<'running' | UnitResult | undefined> {
  const known = await readResult(paths);
  if (known) return known;
  const record = await readStart(paths);
  if (!record) return undefined;
  const unit = await showTransientUnit(run, name);
  if (unit.state === 'running') return 'running';
  // It may have written its status between our two looks: that one counts.
  const late = await readResult(paths);
  if (late) return late;
  const sameBoot = record.boot === (await bootMarker());
  // Begun in this boot and not there any more: somebody stopped it by hand. It has run, and must not run again.
  const isStopped = unit.state === 'absent' && sameBoot && (await hasBegun(paths));
  if (unit.state === 'absent' && !isStopped) return { ended: false, lost: true, sameBoot };
  const exitCode = unit.state === 'ended' ? unit.exitCode : STOPPED;
  await writeExit(paths, exitCode);
  return { ended: true, exitCode, tail: await readTail(paths) };
}

async function stopUnit({ name, paths, run }: Unit): Promise<void> {
  await stopTransientUnit(run, name);
  // Written after the stop: a unit that ended by itself meanwhile has written how, and that stands.
  if ((await readStart(paths)) && (await readExit(paths)) === undefined) await writeExit(paths, STOPPED);
  await eraseSecrets(paths);
}

async function readResult(paths: UnitPaths): Promise<UnitResult | undefined> {
  const exitCode = await readExit(paths);
  return exitCode === undefined ? undefined : { ended: true, exitCode, tail: await readTail(paths) };
}

/** Erases what was secret; a failed unit is unloaded, one that succeeded stays for what it left running. */
async function conclude({ name, paths, run }: Unit, result: UnitResult): Promise<UnitResult> {
  await eraseSecrets(paths);
  if (result.ended && result.exitCode !== 0) {
    // Its exit file may be seen before systemd has seen its end, and only a unit that has ended can be reset.
    await stopTransientUnit(run, name);
    await resetFailedUnit(run, name);
  }
  return result;
}

/** Resolves when the exit file appears or it is time to ask systemd; rejects when aborted. */
async function waitForSign(paths: UnitPaths, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, POLL_MILLISECONDS);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const watcher = watchFile(paths.exit, resolve);
  try {
    // It may have been written before the watch began.
    if ((await readExit(paths)) !== undefined) resolve();
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    watcher?.close();
  }
}

/** Undefined when inotify instances or watches have run out (EMFILE, ENOSPC): the poll goes on without it. */
function watchFile(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(path), (_event, file) => {
      if (file === basename(path)) onChange();
    });
    return watcher.on('error', () => watcher.close());
  } catch (error) {
    if (hasCode(error, 'EMFILE') || hasCode(error, 'ENOSPC')) return undefined;
    throw error;
  }
}
