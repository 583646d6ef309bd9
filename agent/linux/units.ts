// What systemd says of a unit.
import type { Host } from '../host/host.ts';
import { runCommand } from './must-run.ts';

/** Properties of a unit by `systemctl show`; a unit that does not exist has LoadState=not-found. */
export async function showUnit(host: Host, unit: string, properties: string[]): Promise<Record<string, string>> {
  const { stdout } = await host.run(['systemctl', 'show', unit, ...properties.map((name) => `--property=${name}`)]);
  const lines = stdout.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** systemd has read these units and all their drop-ins as they stand on disk. */
export async function areUnitsCurrent(host: Host, units: readonly string[]): Promise<boolean> {
  for (const unit of units) {
    const { LoadState, NeedDaemonReload } = await showUnit(host, unit, ['LoadState', 'NeedDaemonReload']);
    if (LoadState !== 'loaded' || NeedDaemonReload !== 'no') return false;
  }
  return true;
}

/** Lets systemd read its files again unless it has read those of these units: a reload costs it a look at every unit. */
export async function ensureUnitsCurrent(host: Host, units: readonly string[]): Promise<void> {
  if (!(await areUnitsCurrent(host, units))) await runCommand(host, ['systemctl', 'daemon-reload']);
}

export async function isUnitActive(host: Host, unit: string): Promise<boolean> {
  return (await showUnit(host, unit, ['ActiveState']))['ActiveState'] === 'active';
}

export async function isUnitEnabled(host: Host, unit: string): Promise<boolean> {
  return (await showUnit(host, unit, ['UnitFileState']))['UnitFileState'] === 'enabled';
}
