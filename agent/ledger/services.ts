// Changes of systemd's units: what is enabled and what runs.
import { z } from 'zod';
import { printable } from '../../common/errors.ts';
import type { CommandResult } from '../host/host.ts';
import type { Change } from '../journal/changes.ts';
import { mustRun } from '../linux/must-run.ts';
import { showUnit } from '../linux/units.ts';
import { oldOf, recordOnce, type LedgerScope, type Problem } from './change.ts';

const OldUnit = z.object({ enabled: z.string(), active: z.boolean() });

/** Starting waits for the unit's own readiness. */
const START_TIMEOUT_SECONDS = 180;

/** @throws ByoError `StepFailed` (retryable) with what systemd said */
export async function enableUnit(scope: LedgerScope, unit: string, options: { start: boolean }): Promise<void> {
  await recordOnce(scope, { kind: 'unit', target: unit }, async () => ({ old: await readUnit(scope, unit) }));
  // It reloads systemd's configuration as well (systemctl(1)): drop-ins written for a loaded unit count from here on.
  await mustRun(scope.host, ['systemctl', 'enable', unit], { timeoutSeconds: START_TIMEOUT_SECONDS });
  if (!options.start) return;
  await mustRun(scope.host, ['systemctl', 'start', unit], { timeoutSeconds: START_TIMEOUT_SECONDS });
}

/** A unit whose file is gone is neither running nor enabled: systemd's complaint of that is no problem. */
export async function undoUnit(scope: LedgerScope, change: Change): Promise<Problem> {
  const old = oldOf(OldUnit, change);
  if (!old.active) {
    const stopped = await scope.host.run(['systemctl', 'stop', change.target], {
      timeoutSeconds: START_TIMEOUT_SECONDS,
    });
    if (stopped.exitCode !== 0 && !isUnknown(stopped)) return `it does not stop: ${printable(stopped.stderr, 300)}`;
    await scope.host.run(['systemctl', 'reset-failed', change.target]);
  }
  if (old.enabled !== '' && old.enabled !== 'disabled' && old.enabled !== 'not-found') return undefined;
  const disabled = await scope.host.run(['systemctl', 'disable', change.target]);
  if (disabled.exitCode === 0 || isUnknown(disabled)) return undefined;
  return `it cannot be disabled: ${printable(disabled.stderr, 300)}`;
}

/** After unit files have come and gone. */
export async function reloadUnits(scope: LedgerScope): Promise<Problem> {
  const result = await scope.host.run(['systemctl', 'daemon-reload']);
  return result.exitCode === 0 ? undefined : `systemd does not reload: ${printable(result.stderr, 300)}`;
}

async function readUnit({ host }: LedgerScope, unit: string): Promise<z.infer<typeof OldUnit>> {
  const { UnitFileState = '', ActiveState } = await showUnit(host, unit, ['UnitFileState', 'ActiveState']);
  return { enabled: UnitFileState, active: ActiveState === 'active' };
}

function isUnknown({ stderr }: CommandResult): boolean {
  return /not loaded|does not exist|not found|No such file/i.test(stderr);
}
