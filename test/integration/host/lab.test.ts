// An instance of the lab from nothing to nothing on this machine: what is there, what bad luck does, what is left.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareFootprints, readFootprint } from '../../../lab/footprint.ts';
import type { Difference, Footprint } from '../../../lab/footprint.ts';
import { mintKubeconfig, openInstance, startInstance, startProcess, stopInstance } from '../../../lab/index.ts';
import type { HostHandle, Instance } from '../../../lab/index.ts';
import { runCommand } from '../../../lab/spawn.ts';
import { listInstances } from '../../../lab/state.ts';
import { readStatus } from '../../../lab/status.ts';
import { instanceNameOf } from '../../support/instance-name.ts';

const NAME = instanceNameOf('labtest');
const say = (line: string): void => void process.stdout.write(`  ${line}\n`);
const up = async (): Promise<Instance> => startInstance({ name: NAME, hosts: 1, onProgress: say });
let before: Footprint;
let instance: Instance;
let isAlone = false;

beforeAll(async () => {
  await stopInstance(NAME, say);
  isAlone = listInstances().length === 0;
  before = await readFootprint();
  instance = await up();
});

afterAll(async () => stopInstance(NAME, say));

test('everything runs and says where it is', async () => {
  const status = await readStatus(NAME);
  expect(status.healthy).toBe(true);
  expect(status.processes.map((process) => process.name).toSorted()).toEqual([
    'api-server',
    'capi-core',
    'capi-kubeadm-bootstrap',
    'capi-kubeadm-control-plane',
    'controller-manager',
    'etcd',
    'relay-gateway',
    'temporal',
  ]);
});

test('asking again starts nothing anew', async () => {
  const first = await readStatus(NAME);
  await up();
  expect(await readStatus(NAME)).toEqual(first);
});

test('a crashed process is started again by the next up', async () => {
  const victim = (await readStatus(NAME)).processes.find((process) => process.name === 'capi-core');
  process.kill(victim?.pid ?? 0, 'SIGKILL');
  await up();
  const status = await readStatus(NAME);
  expect(status.healthy).toBe(true);
  expect(status.processes.find((process) => process.name === 'capi-core')?.pid).not.toBe(victim?.pid);
});

test('Cluster API guards its kinds, and a minted credential is who it says', async () => {
  const kubectl = instance.parts.binary('kubectl');
  const { stdout } = await runCommand([kubectl, '--kubeconfig', instance.kubeconfig, 'get', 'crd', '-o', 'name']);
  expect(stdout.split('\n').filter((line) => line.includes('cluster.x-k8s.io')).length).toBeGreaterThan(15);
  const kubeconfig = join(tmpdir(), `${NAME}.kubeconfig`);
  const text = await mintKubeconfig(instance, { user: 'somebody', groups: ['some'] });
  writeFileSync(kubeconfig, text, { mode: 0o600 });
  const whoami = await runCommand([kubectl, '--kubeconfig', kubeconfig, 'auth', 'whoami', '-o', 'json']);
  expect(JSON.parse(whoami.stdout).status.userInfo).toMatchObject({ username: 'somebody' });
  const denied = await runCommand([kubectl, '--kubeconfig', kubeconfig, 'get', 'secrets']);
  expect(denied.stderr).toContain('forbidden');
});

test('Temporal has the search attributes', async () => {
  const connection = await Connection.connect({ address: instance.temporal.address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
  expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(['ByoCluster', 'ByoHost', 'ByoPhase']));
  await connection.close();
});

test('of the management side a host reaches the gateway’s port and nothing else', async () => {
  const [address, port] = instance.door.hosts.split(':');
  const reach = async (to: string, seconds: number): Promise<number> =>
    (await firstHost().exec(['timeout', `${seconds}`, 'bash', '-c', `exec 3<>/dev/tcp/${address}/${to}`])).exitCode;
  expect(await reach(port ?? '', 60)).toBe(0);
  for (const url of [instance.apiServer.local, `http://${instance.temporal.address}`])
    expect(await reach(new URL(url).port, 5)).not.toBe(0);
});

test('a host loses what is in /run and keeps its disk and identity when it loses power', async () => {
  const host = firstHost();
  await host.exec(['sh', '-c', 'touch /run/marker; echo kept > /var/lib/kubelet/file; sync']);
  const identity = (await host.exec(['cat', '/etc/machine-id'])).stdout;
  await host.kill();
  expect(await host.state()).toBe('exited');
  await host.start();
  const { stdout } = await host.exec([
    'sh',
    '-c',
    'ls /run/marker 2>&1; cat /var/lib/kubelet/file /etc/machine-id; hostname -I',
  ]);
  expect(stdout).toContain('No such file');
  expect(stdout).toContain('kept');
  expect(stdout).toContain(identity.trim());
  expect(stdout).toContain(host.address);
});

test('a frozen host does nothing until it goes on; a removed one comes back empty and as another machine', async () => {
  const host = firstHost();
  const identity = (await host.exec(['cat', '/etc/machine-id'])).stdout;
  await host.pause();
  expect((await host.exec(['true'])).exitCode).not.toBe(0);
  await host.unpause();
  expect((await host.exec(['true'])).exitCode).toBe(0);
  await host.remove();
  expect(await host.state()).toBeUndefined();
  await up();
  expect((await host.exec(['ls', '/var/lib/kubelet'])).stdout).toBe('');
  expect((await host.exec(['cat', '/etc/machine-id'])).stdout).not.toBe(identity);
});

test('down leaves nothing, not even what was started beside it', async () => {
  await startProcess(instance, { name: 'beside', argv: ['sleep', '600'] });
  await firstHost().exec(['sysctl', '-w', 'kernel.panic=10', 'vm.overcommit_memory=1']);
  await stopInstance(NAME, say);
  expect(existsSync(instance.dir)).toBe(false);
  await expect(openInstance(NAME)).rejects.toThrow(`there is no instance ${NAME}`);
  const differences = compareFootprints(before, await readFootprint());
  expect(differences.filter(isOurs)).toEqual([]);
});

/** On a machine that others use at the same time, only what bears our names is ours; alone, everything but processes is. */
function isOurs({ kind, line, change }: Difference): boolean {
  const bearsOurName = line.includes(NAME) || line.includes(instance.gateway.slice(0, -1));
  return change === 'came' && (bearsOurName || (isAlone && !isShared() && kind !== 'process'));
}

function isShared(): boolean {
  return readFileSync('/proc/self/mounts', 'utf8').includes('/merged ');
}

function firstHost(): HostHandle {
  const [host] = instance.hosts;
  if (!host) throw new Error('the instance has no host');
  return host;
}
