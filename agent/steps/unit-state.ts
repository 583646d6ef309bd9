// What systemd says of a unit.
import type { Host } from '../host/host.ts';
import { runCommand } from './run-command.ts';

/** Properties of a unit by `systemctl show`; a unit that does not exist has LoadState=not-found. */
export async function showUnit(host: Host, unit: string, properties: string[]): Promise<Record<string, string>> {
  const { stdout } = await host.run(['systemctl', 'show', unit, ...properties.map((name) => `--property=${name}`)]);
  const lines = stdout.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** systemd has read the unit and all its drop-ins as they stand on disk. */
export async function isUnitCurrent(host: Host, unit: string): Promise<boolean> {
  const { LoadState, NeedDaemonReload } = await showUnit(host, unit, ['LoadState', 'NeedDaemonReload']);
  return LoadState === 'loaded' && NeedDaemonReload === 'no';
}

/** Lets systemd read its files again unless it has read those of these units: a reload costs it a look at every unit. */
export async function ensureUnitsCurrent(host: Host, units: readonly string[]): Promise<void> {
  for (const unit of units) {
    if (!(await isUnitCurrent(host, unit))) return void (await runCommand(host, ['systemctl', 'daemon-reload']));
  }
}

export async function isUnitActive(host: Host, unit: string): Promise<boolean> {
  return (await showUnit(host, unit, ['ActiveState']))['ActiveState'] === 'active';
}

export async function isUnitEnabled(host: Host, unit: string): Promise<boolean> {
  return (await showUnit(host, unit, ['UnitFileState']))['UnitFileState'] === 'enabled';
}
