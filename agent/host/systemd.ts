// What we ask of systemd: start a transient unit, say how it is, stop it as a whole group.
import { ByoError } from '../../common/errors.ts';
import type { CommandResult } from './host.ts';

export type Run = (argv: string[], options?: { timeoutSeconds?: number }) => Promise<CommandResult>;

/** State of a unit; `exitCode` is systemd's own knowledge, for a unit that could not write its own. */
export type UnitState = { state: 'absent' } | { state: 'running' } | { state: 'ended'; exitCode: number };

/** How long a unit may take to end after SIGTERM before the rest of its group is killed. */
const STOP_SECONDS = 20;

/** Starts `name` unless it is loaded already: answers false then, and there is something to attach to. */
export async function startTransientUnit(
  run: Run,
  unit: { name: string; argv: string[]; runtimeMaxSeconds?: number },
): Promise<boolean> {
  const properties = [
    // Without it a finished unit is unloaded and its name would start again (tried).
    'RemainAfterExit=yes',
    'KillMode=control-group',
    'UMask=0077',
    // systemd-coredump heeds it as well: what crashes holds join token and keys, and its memory must not come to disk.
    'LimitCORE=0',
    'WorkingDirectory=/',
    `TimeoutStopSec=${STOP_SECONDS}`,
    ...(unit.runtimeMaxSeconds === undefined ? [] : [`RuntimeMaxSec=${unit.runtimeMaxSeconds}`]),
  ];
  const options = [
    '--quiet',
    '--no-block',
    `--unit=${unit.name}.service`,
    ...properties.map((it) => `--property=${it}`),
  ];
  const result = await run(['systemd-run', ...options, '--', ...unit.argv]);
  if (result.exitCode === 0) return true;
  if (/already (loaded|exists)|was already loaded|has a fragment file/i.test(result.stderr)) return false;
  throw refused(`systemd does not start ${unit.name}`, result);
}

/** @throws ByoError `StepFailed` (retryable) when systemd does not answer */
export async function showTransientUnit(run: Run, name: string): Promise<UnitState> {
  const names = ['LoadState', 'ActiveState', 'SubState', 'Result', 'ExecMainCode', 'ExecMainStatus', 'Job'];
  return decideUnitState(await showProperties(run, `${name}.service`, names));
}

/**
 * Properties of a unit by `systemctl show`; a unit that does not exist has LoadState=not-found.
 * @throws ByoError `StepFailed` (retryable) when systemd does not answer: "not active" would be a guess
 */
export async function showProperties(
  run: Run,
  unit: string,
  names: readonly string[],
): Promise<Record<string, string>> {
  const result = await run(['systemctl', 'show', unit, `--property=${names.join(',')}`]);
  if (result.exitCode !== 0) throw refused(`systemd does not say how ${unit} is`, result);
  const lines = result.stdout.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** Pure: from the properties of `systemctl show` to what they mean for a unit with RemainAfterExit=yes. */
export function decideUnitState(properties: Record<string, string>): UnitState {
  const { LoadState, ActiveState, SubState, Job } = properties;
  if (LoadState === 'not-found') return { state: 'absent' };
  if (ActiveState === 'failed' || SubState === 'exited') return { state: 'ended', exitCode: exitCodeOf(properties) };
  // Loaded, not active, and no job that would start it: it has been stopped and is about to be unloaded.
  if (ActiveState === 'inactive' && !Number(Job ?? 0)) return { state: 'absent' };
  return { state: 'running' };
}

function exitCodeOf({ Result, ExecMainCode, ExecMainStatus }: Record<string, string>): number {
  if (Result === 'timeout') return 124;
  const status = Number(ExecMainStatus ?? 0);
  if (ExecMainCode === '1') return status;
  // Killed (2) or dumped (3) by a signal; a unit that failed before it ran anything has neither.
  return status > 0 ? 128 + status : Number(Result !== 'success');
}

/** Ends the unit with its whole control group and unloads it; one that is not there is no error. */
export async function stopTransientUnit(run: Run, name: string): Promise<void> {
  const stopped = await run(['systemctl', 'stop', `${name}.service`], { timeoutSeconds: STOP_SECONDS + 40 });
  if (stopped.exitCode !== 0 && !/not loaded/.test(stopped.stderr))
    throw refused(`systemd does not stop ${name}`, stopped);
  await resetFailedUnit(run, name);
}

/** Unloads a failed unit; fails when it is not loaded, which is what is wanted. */
export async function resetFailedUnit(run: Run, name: string): Promise<void> {
  await run(['systemctl', 'reset-failed', `${name}.service`]);
}

function refused(what: string, result: CommandResult): ByoError {
  return new ByoError('StepFailed', `${what}: ${result.stderr.trim().slice(-500)}`, {
    remedy: 'It is tried again; see `systemctl status` and the journal of the machine',
    retryable: true,
  });
}
