// systemd is told to read its files again when it has to, and is left alone otherwise.
import { expect, test } from 'vitest';
import { createFakeHost } from '../host/fake-host.ts';
import { ensureUnitsCurrent, isUnitActive, isUnitStopped } from './units.ts';

test.each([
  ['loaded', 'no', 'no', 0],
  ['loaded', 'yes', 'no', 1],
  ['not-found', 'no', 'no', 1],
  ['loaded', 'yes', 'yes', 1],
])('of a.service it knows %s, reload %s, of b.service reload %s: %i reloads', async (load, a, b, reloads) => {
  const host = await createFakeHost();
  host.onRun(([, verb, unit]) => {
    if (verb !== 'show') return undefined;
    const state = unit === 'a.service' ? [load, a] : ['loaded', b];
    return { stdout: `LoadState=${state[0]}\nNeedDaemonReload=${state[1]}\n` };
  });
  await ensureUnitsCurrent(host, ['a.service', 'b.service']);
  expect(host.commands.filter((argv) => argv.includes('daemon-reload'))).toHaveLength(reloads);
  await host.remove();
});

test.each([
  ['active', false],
  ['reloading', false],
  ['activating', false],
  ['deactivating', false],
  ['inactive', true],
  ['failed', true],
])('a unit that is %s is stopped: %s', async (state, isStopped) => {
  const host = { run: async () => ({ exitCode: 0, stdout: `ActiveState=${state}\n`, stderr: '' }) };
  expect(await isUnitStopped(host, 'kubelet.service')).toBe(isStopped);
});

test('a unit of which systemd does not tell is neither stopped nor idle', async () => {
  const host = { run: async () => ({ exitCode: 1, stdout: '', stderr: 'Failed to connect to bus: timed out' }) };
  await expect(isUnitStopped(host, 'kubelet.service')).rejects.toMatchObject({ retryable: true });
  await expect(isUnitActive(host, 'kubelet.service')).rejects.toMatchObject({ retryable: true });
});
