import { expect, test } from 'vitest';
import { createLogger } from '../common/log.ts';
import { connectTemporal } from './connection.ts';

test('a server that is away is waited for until the caller gives up', async () => {
  const given = new AbortController();
  const log = createLogger('test', 'silent');
  log.warn = () => given.abort(new Error('enough'));
  // Port 9 (discard) on the loopback: nothing listens there.
  const connecting = connectTemporal({ address: '127.0.0.1:9', log, signal: given.signal });
  await expect(connecting).rejects.toThrow('aborted');
  expect(given.signal.aborted).toBe(true);
});
