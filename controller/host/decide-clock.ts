// What is said of a host whose clock is wrong: told, and nothing more. Its link, its node and its claim do not hang on it.
import type { ByoHost } from '../../api/byo-host.ts';
import { FAILURE_REASONS, HOST_CONDITIONS, PROGRESS_REASONS, type ConditionUpdate } from '../../api/conditions.ts';

const REMEDY =
  'Nothing of the host is taken away for that; set its clock, and have it kept (chrony, or systemd-timesyncd: ' +
  '`timedatectl set-ntp true`). Where every host is told so, look at the clock of the gateway';

/** Pure. `ClockSkew` is True while the host's clock is a minute or more from the gateway's. */
export function decideClock({ status }: ByoHost): ConditionUpdate {
  const type = HOST_CONDITIONS.clockSkew;
  const seconds = status?.reported?.clockSkewSeconds;
  if (seconds === undefined) {
    const message = 'the agent has not told it yet, or is older than this';
    return { type, status: 'Unknown', reason: PROGRESS_REASONS.neverSeen, message };
  }
  if (seconds === 0) return { type, status: 'False', reason: PROGRESS_REASONS.clocksAgree, message: '' };
  const where = seconds > 0 ? 'ahead of' : 'behind';
  const message = `the clock of the host is ${describeSpan(Math.abs(seconds))} ${where} the gateway’s. ${REMEDY}`;
  return { type, status: 'True', reason: FAILURE_REASONS.clockSkew, message };
}

const UNITS: [string, number][] = [
  ['years', 365 * 24 * 3600],
  ['days', 24 * 3600],
  ['hours', 3600],
  ['minutes', 60],
];

/** In the largest unit of which there are two; one decimal. */
function describeSpan(seconds: number): string {
  const [name, length] = UNITS.find(([, one]) => seconds >= 2 * one) ?? ['seconds', 1];
  return `${Number((seconds / length).toFixed(1))} ${name}`;
}
