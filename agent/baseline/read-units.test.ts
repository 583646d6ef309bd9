// What is read of units, and that no answer is never taken for an empty one.
import { expect, test } from 'vitest';
import { readUnits } from './read-units.ts';

const hostOf = (exitCode: number, stdout: string) => ({
  list: async () => [],
  run: async () => ({ exitCode, stdout, stderr: 'Connection timed out' }),
});

test('enabled units, but our own and what every refresh of a snap writes anew', async () => {
  const snaps = 'snap-core22-1380.mount enabled enabled\nsnap.lxd.daemon.unix.socket enabled enabled\n';
  const stdout = `ssh.service enabled enabled\nbyo-agent.service enabled enabled\n${snaps}`;
  expect(await readUnits(hostOf(0, stdout))).toEqual(['enabled ssh.service']);
});

test('a systemd that does not answer is waited for, and not taken for one without units', async () => {
  const error = { reason: 'StepFailed', retryable: true, message: expect.stringContaining('Connection timed out') };
  await expect(readUnits(hostOf(1, ''))).rejects.toMatchObject(error);
});
