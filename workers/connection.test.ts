import { expect, test } from 'vitest';
import { createLogger } from '../common/log.ts';
import { connectTemporal } from './connection.ts';

test('a server that is away is waited for until the caller gives up', async () => {
  const given = new AbortController();
  const log = createLogger('test', 'silent');
  log.warn = () => given.abort(new Error('enough'));
  // Port 9 (discard) on the loopback: nothing listens there.
  const connecting = connectTemporal({ address: '127.0.0.1:9', log, signal: given.signal });
  await expect(connecting).rejects.toThrow('enough');
  expect(given.signal.aborted).toBe(true);
});

test('its waits are ended by whoever has news of the way', async () => {
  const given = new AbortController();
  const log = createLogger('test', 'silent');
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms);
    if (waits.length === 3) given.abort(new Error('enough'));
  };
  const connecting = connectTemporal({ address: '127.0.0.1:9', log, signal: given.signal, wait });
  await expect(connecting).rejects.toThrow('enough');
  expect(waits).toHaveLength(3);
});
