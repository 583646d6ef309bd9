import { expect, test } from 'vitest';
import { createLogger } from '../common/log.ts';
import { connectTemporal, decidePause } from './connection.ts';

test('pauses grow to a minute and are spread from nothing to the whole', () => {
  expect([0, 1, 2, 3, 6, 100].map((attempt) => decidePause(attempt, 1))).toEqual([
    1000, 2000, 4000, 8000, 60_000, 60_000,
  ]);
  expect(decidePause(5, 0)).toBe(0);
});

test('a server that is away is waited for until the caller gives up', async () => {
  const given = new AbortController();
  const log = createLogger('test', 'silent');
  log.warn = () => given.abort(new Error('enough'));
  // Port 9 (discard) on the loopback: nothing listens there.
  const connecting = connectTemporal({ address: '127.0.0.1:9', log, signal: given.signal });
  await expect(connecting).rejects.toThrow('aborted');
  expect(given.signal.aborted).toBe(true);
});
