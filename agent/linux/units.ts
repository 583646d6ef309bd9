// What systemd says of a unit.
import type { Host } from '../host/host.ts';
import { showProperties } from '../host/systemd.ts';
import { mustRun } from './must-run.ts';

type Runs = Pick<Host, 'run'>;

/** Properties of a unit; a unit that does not exist has LoadState=not-found. @throws ByoError `StepFailed` (retryable) */
export function showUnit(host: Runs, unit: string, properties: readonly string[]): Promise<Record<string, string>> {
  return showProperties((argv) => host.run(argv), unit, properties);
}

/** systemd has read these units and all their drop-ins as they stand on disk. */
export async function areUnitsCurrent(host: Runs, units: readonly string[]): Promise<boolean> {
  for (const unit of units) {
    const { LoadState, NeedDaemonReload } = await showUnit(host, unit, ['LoadState', 'NeedDaemonReload']);
    if (LoadState !== 'loaded' || NeedDaemonReload !== 'no') return false;
  }
  return true;
}

/** Lets systemd read its files again unless it has read those of these units: a reload costs it a look at every unit. */
export async function ensureUnitsCurrent(host: Runs, units: readonly string[]): Promise<void> {
  if (!(await areUnitsCurrent(host, units))) await mustRun(host, ['systemctl', 'daemon-reload']);
}

/** Nothing of it runs, and systemd is not about to start it: a unit that restarts is "activating" between two starts. */
export async function isUnitStopped(host: Runs, unit: string): Promise<boolean> {
  const { ActiveState = 'inactive' } = await showUnit(host, unit, ['ActiveState']);
  return ActiveState === 'inactive' || ActiveState === 'failed';
}

export async function isUnitActive(host: Runs, unit: string): Promise<boolean> {
  return (await showUnit(host, unit, ['ActiveState']))['ActiveState'] === 'active';
}

export async function isUnitEnabled(host: Runs, unit: string): Promise<boolean> {
  return (await showUnit(host, unit, ['UnitFileState']))['UnitFileState'] === 'enabled';
}

/**
 * Names that `systemctl list-units` or `list-unit-files` prints. A systemd that is too busy to answer must not count as one
 * without units: a baseline taken then would call every unit of the machine a trace for ever (seen).
 * @throws ByoError `StepFailed` (retryable)
 */
export async function listUnitNames(host: Runs, argv: readonly string[]): Promise<string[]> {
  const { stdout } = await mustRun(host, ['systemctl', ...argv, '--plain', '--no-legend', '--full']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter((name) => name !== '');
}
