import { expect, test } from 'vitest';
import { createHostRates } from './host-rates.ts';
import { TEMPORAL_LIMITS } from './limits.ts';

const KIB = 1024;

test('calls are charged by bytes as well: each host for itself, polls and calls from one bucket', () => {
  let now = 0;
  const limits = { ...TEMPORAL_LIMITS, callsPerSecond: 1000, callsBurst: 1000, bytesPerSecond: 32 * KIB };
  const rates = createHostRates({ ...limits, bytesBurst: 256 * KIB }, () => now);
  const send = (hostID: string, bytes = 64 * KIB) => rates.take(hostID, 'calls', bytes);
  expect([1, 2, 3, 4].map(() => send('a').taken)).toEqual([true, true, true, true]);
  expect([send('a'), send('a')]).toEqual([
    { taken: false, first: true },
    { taken: false, first: false },
  ]);
  expect(rates.take('a', 'polls', 200).taken).toBe(false);
  expect(send('b').taken).toBe(true);
  now = 1;
  expect(send('a', 33 * KIB).taken).toBe(false);
  expect(send('a', 4 * KIB).taken).toBe(true);
});

test('what an honest agent sends is never refused, and the largest request fits', () => {
  const { bytesBurst, requestBytes, heartbeatBytes, bytesPerSecond } = TEMPORAL_LIMITS;
  expect(requestBytes).toBeLessThan(bytesBurst);
  expect(heartbeatBytes / 5).toBeLessThan(bytesPerSecond);
});
