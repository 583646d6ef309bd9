import { expect, test } from 'vitest';
import type { CommandResult, Host } from '../host/host.ts';
import { decideDefaultInterface, readDefaultInterface, readInterfaces, readLinks } from './network.ts';

const stat = async () => undefined;
/** A machine whose `ip` answers so; like the real one, it keeps the end of an output that is longer than allowed. */
const answering = (answer: Partial<CommandResult>): Host['run'] => {
  return async (_, { outputLimit = 64 * 1024 } = {}) => {
    const { stdout = '', ...rest } = answer;
    return { exitCode: 0, stderr: '', ...rest, stdout: stdout.slice(-outputLimit) };
  };
};
const hostWith = (run: Host['run']) => ({ stat, run });

test('the default route with the lowest metric wins, and none metric is the lowest', () => {
  expect(decideDefaultInterface('[{"dst":"default","dev":"wlan0","metric":600},{"dst":"default","dev":"eth0"}]')).toBe(
    'eth0',
  );
  expect(decideDefaultInterface('[{"dst":"default","dev":"a","metric":20},{"dev":"b","metric":10}]')).toBe('b');
});

test('no default route is no interface', () => {
  expect(decideDefaultInterface('[]')).toBeUndefined();
  expect(decideDefaultInterface('')).toBeUndefined();
});

test('the links of hundreds of pods are read whole', async () => {
  const links = Array.from({ length: 400 }, (_, index) => ({
    ifname: index === 0 ? 'eth0' : `veth${index.toString(16).padStart(8, '0')}`,
    address: '02:00:00:00:00:01',
    operstate: 'UP',
    addr_info: [{ family: 'inet', local: '192.0.2.11', prefixlen: 24, scope: 'global', label: 'x'.repeat(200) }],
  }));
  const host = hostWith(answering({ stdout: JSON.stringify(links) }));
  expect(await readLinks(host)).toHaveLength(400);
});

test('an ip that fails is asked again: a document read without its answer would be refused for good', async () => {
  const host = hostWith(answering({ exitCode: 2, stderr: 'Cannot open netlink socket: Too many open files' }));
  await expect(readDefaultInterface(host)).rejects.toMatchObject({ reason: 'StepFailed', retryable: true });
  await expect(readLinks(host)).rejects.toMatchObject({ reason: 'StepFailed', retryable: true });
});

test('a machine without iproute2 has no links that could be told, and is reported all the same', async () => {
  const host = hostWith(answering({ exitCode: 127, stderr: 'spawn ip ENOENT' }));
  expect(await readLinks(host)).toBeUndefined();
  expect(await readInterfaces(host)).toEqual([]);
});
