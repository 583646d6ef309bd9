import { expect, test } from 'vitest';
import { decideOffset, ServerClock } from './server-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;
const NOW = Date.parse('2026-11-28T12:00:00Z');

/** A machine whose clock is ahead of the server's by so much, and a server that says NOW when the machine is 5 s up. */
function machine(aheadMs: number) {
  const up = { ms: 5000, ahead: aheadMs };
  const clock = new ServerClock({ ownMs: () => NOW + (up.ms - 5000) + up.ahead, monotonicMs: () => up.ms });
  return { clock, up };
}
/** Half a second after NOW, as the header cannot say. */
const answer = { date: new Date(NOW).toUTCString(), askedAt: 4800, answeredAt: 6200 };

test.each([
  ['11 minutes ahead', 11 * MINUTE],
  ['11 minutes behind', -11 * MINUTE],
  ['13 hours ahead', 13 * HOUR],
  ['13 hours behind', -13 * HOUR],
  ['2 years ahead', 2 * YEAR],
  ['2 years behind', -2 * YEAR],
  ['at 1970', -NOW],
])('%s: the time is the server’s, and the skew is told', (_what, ahead) => {
  const { clock, up } = machine(ahead);
  expect([clock.now(), clock.skew()]).toEqual([undefined, undefined]);
  clock.learn(answer);
  expect(clock.now()).toBe(NOW);
  expect(clock.skew()).toBe(ahead);
  up.ms += HOUR;
  expect(clock.now()).toBe(NOW + HOUR);
  // Somebody puts it right.
  up.ahead = 0;
  expect([clock.now(), clock.skew()]).toEqual([NOW + HOUR, 0]);
});

test('an answer without a date says nothing, a later one is believed', () => {
  const { clock } = machine(0);
  clock.learn({ ...answer, date: undefined });
  clock.learn({ ...answer, date: 'soon' });
  expect(clock.now()).toBeUndefined();
  clock.learn({ ...answer, date: new Date(NOW + YEAR).toUTCString() });
  clock.learn(answer);
  expect(clock.now()).toBe(NOW);
});

test('the date is of the middle between question and answer', () => {
  expect(decideOffset({ date: new Date(10_000).toUTCString(), askedAt: 0, answeredAt: 4000 })).toBe(8500);
  expect(decideOffset({ date: undefined, askedAt: 0, answeredAt: 1 })).toBeUndefined();
});

test('who asks for the time waits for the first answer, and is told when there is none', async () => {
  const { clock } = machine(-NOW);
  await expect(clock.seconds(10)).rejects.toMatchObject({ reason: 'GatewayUnreachable', retryable: true });
  const asked = clock.seconds(60_000);
  clock.learn(answer);
  expect(await asked).toBe(NOW / 1000);
});
