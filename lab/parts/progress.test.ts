import { expect, test } from 'vitest';
import { buildingLine, builtLine, formatDuration, readyLine, waitingLine } from './progress.ts';

test.each([
  [0, '0.0s'],
  [340, '0.3s'],
  [9949, '9.9s'],
  [9950, '10s'],
  [59_400, '59s'],
  [59_600, '1m00s'],
  [451_000, '7m31s'],
  [3_599_499, '59m59s'],
  [3_720_000, '1h02m'],
])('%i ms reads %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test('a part has one line before, one after, one while another process builds it', () => {
  const part = { name: 'kubernetes', version: '1.36.3' };
  expect(buildingLine(part, 'about 8 minutes')).toBe('kubernetes 1.36.3 … building (about 8 minutes the first time)');
  expect(builtLine(part, 451_000)).toBe('kubernetes 1.36.3 … built in 7m31s');
  expect(waitingLine(part, 42)).toBe('kubernetes 1.36.3 … waiting for process 42, which builds it');
});

test('a warm start says that nothing was built', () => {
  const warm = { count: 21, built: 0, cache: '/cache', milliseconds: 200 };
  expect(readyLine(warm)).toBe('21 parts ready in /cache (all from the cache, 0.2s)');
  expect(readyLine({ ...warm, built: 2 })).toBe('21 parts ready in /cache (2 built now, 0.2s)');
  expect(readyLine({ ...warm, count: 1 })).toMatch(/^1 part ready/);
});
