import { afterEach, expect, test, vi } from 'vitest';
import { DialGate } from './dial-gate.ts';

afterEach(() => void vi.restoreAllMocks());

const refuse = () => Promise.reject(new Error('away'));

test('who leaves while waiting does not make the next one wait anew', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999);
  const gate = new DialGate({ least: 3000, most: 3000 });
  const begun = performance.now();
  await expect(gate.pass(refuse, new AbortController().signal)).rejects.toThrow('away');
  await expect(gate.pass(refuse, AbortSignal.timeout(2000))).rejects.toThrow('aborted');
  await expect(gate.pass(() => Promise.resolve('in'), new AbortController().signal)).resolves.toBe('in');
  // Drawn anew it would have been due 3 s after the one who left, 5 s after the beginning.
  expect(performance.now() - begun).toBeLessThan(4800);
});

test('a life that was short is waited out from its end, and longer each time', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999);
  const gate = new DialGate({ least: 100, most: 10_000 });
  const signal = new AbortController().signal;
  const times: number[] = [];
  for (let nth = 0; nth < 4; nth += 1) {
    await gate.pass(async () => void times.push(performance.now()), signal);
    gate.tellLife(0);
  }
  const waits = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  expect(waits[0]).toBeGreaterThan(190);
  expect(waits[1]).toBeGreaterThan(390);
  expect(waits[2]).toBeGreaterThan(790);
});
