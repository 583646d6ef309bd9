import { expect, test } from 'vitest';
import { byoHost, reportedHost } from '../../test/support/builders.ts';
import { decideClock } from './decide-clock.ts';
import { decideHost } from './decide.ts';

const HOUR = 3600;
const hostOf = (more: Record<string, unknown>) => byoHost('till', { status: { reported: reportedHost(more) } });
const decide = (more: Record<string, unknown>) => decideClock(hostOf(more));

test.each([
  [660, '11 minutes ahead of'],
  [-660, '11 minutes behind'],
  [13 * HOUR, '13 hours ahead of'],
  [-2 * 365 * 24 * HOUR, '2 years behind'],
  [-56.9 * 365 * 24 * HOUR, '56.9 years behind'],
  [61, '61 seconds ahead of'],
])('B4: %s s are named, with what to do', (clockSkewSeconds, words) => {
  const { status, reason, message } = decide({ clockSkewSeconds });
  expect([status, reason]).toEqual(['True', 'ClockSkew']);
  expect(message).toContain(`the clock of the host is ${words} the gateway’s`);
  expect(message).toMatch(/chrony.*timedatectl/);
  expect(message).not.toMatch(/enroll/i);
});

test('a clock that agrees is told so, and of an older agent nothing is claimed', () => {
  expect(decide({ clockSkewSeconds: 0 })).toMatchObject({ status: 'False', reason: 'ClocksAgree' });
  expect(decide({})).toMatchObject({ status: 'Unknown', reason: 'NeverSeen' });
  expect(decideClock(byoHost('till'))).toMatchObject({ status: 'Unknown' });
});

/** Every condition but the one of its clock. */
function othersOf(more: Record<string, unknown>) {
  const decision = decideHost({ host: hostOf(more), liveness: 'fresh', claimEnded: false });
  return decision.kind === 'Report' ? decision.status.conditions.filter(({ type }) => type !== 'ClockSkew') : decision;
}

test('B4: nothing else of a host hangs on its clock', () => {
  expect(othersOf({ clockSkewSeconds: 2 * 365 * 24 * HOUR })).toEqual(othersOf({ clockSkewSeconds: 0 }));
});
