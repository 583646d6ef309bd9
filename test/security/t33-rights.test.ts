// T33: with all that controller and gateway can show the API server, nobody comes further than they have to.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { connect } from '../../common/kube/connect.ts';
import type { Kube } from '../../common/kube/client.ts';
import { kubectlOf, type Kubectl } from '../../harness/kubectl.ts';
import { rightsOf } from '../support/rights-of.ts';
import { openWorld, type World } from './world.ts';

const PROGRAMS = ['controller', 'gateway'] as const;

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

/** What the running program itself holds. */
const kubeconfigOf = (program: string): string => join(world.instance.dir, `${program}.kubeconfig`);
const asProgram = (program: string): Kubectl => kubectlOf(world.instance, kubeconfigOf(program));

const read = async (kube: Kube) => ({
  'byo-system': await rightsOf(kube, 'byo-system'),
  default: await rightsOf(kube, 'default'),
  'any other': await rightsOf(kube, 'kube-node-lease'),
});

test('T33: the rights of the running programs are those of the golden file', async () => {
  const golden: unknown = parse(
    await readFile(join(import.meta.dirname, '../integration/controller/rbac.golden.yaml'), 'utf8'),
  );
  const [controller, gateway] = PROGRAMS.map((program) => connect({ kubeconfig: kubeconfigOf(program) }));
  if (!controller || !gateway) throw new Error('unreachable: there are two programs');
  expect({ controller: await read(controller), gateway: await read(gateway) }).toEqual(golden);
});

/** What would give its holder the cluster, a tenant's secrets, or a host. */
const TAKE_OVER = [
  ['list', 'secrets', '-A'],
  ['watch', 'secrets', '-n', 'default'],
  ['create', 'secrets', '-n', 'default'],
  ['patch', 'secrets', '-n', 'default'],
  ['delete', 'secrets', '-n', 'byo-system'],
  ['create', 'pods', '-n', 'default'],
  ['create', 'pods/exec', '-n', 'default'],
  ['create', 'serviceaccounts/token', '-n', 'kube-system'],
  ['create', 'certificatesigningrequests'],
  ['update', 'certificatesigningrequests/approval'],
  ['create', 'clusterrolebindings'],
  ['bind', 'clusterroles'],
  ['escalate', 'clusterroles'],
  ['impersonate', 'users'],
  ['patch', 'machines.cluster.x-k8s.io', '-n', 'default'],
  ['create', 'kubeadmconfigs.bootstrap.cluster.x-k8s.io', '-n', 'default'],
  ['delete', 'byohosts', '-n', 'default'],
  ['patch', 'validatingadmissionpolicies'],
];

test.each(PROGRAMS)('T33: the %s cannot take anything over', async (program) => {
  const allowed = await Promise.all(
    TAKE_OVER.map(async (wish) => ({ wish, said: (await asProgram(program).try(['auth', 'can-i', ...wish])).stdout })),
  );
  expect(allowed.filter(({ said }) => said.trim() !== 'no').map(({ wish }) => wish.join(' '))).toEqual([]);
});

test('T33: the gateway reads neither the CA, nor a signing key, nor a Secret of a tenant', async () => {
  const gateway = asProgram('gateway');
  const { stdout } = await gateway.try(['-n', 'byo-system', 'get', 'secret', 'byo-gateway', '-o', 'name']);
  expect(stdout.trim()).toBe('secret/byo-gateway');
  for (const [namespace, name] of [
    ['byo-system', 'byo-ca'],
    ['byo-system', 'byo-signing-key'],
    ['default', 'byo-gateway'],
  ] as const) {
    expect((await gateway.try(['-n', namespace, 'get', 'secret', name])).stderr).toContain('Forbidden');
  }
});

test('T33: the controller neither lists Secrets nor changes what it has once made', async () => {
  const controller = asProgram('controller');
  expect((await controller.try(['get', 'secrets', '-A'])).stderr).toContain('Forbidden');
  const change = ['patch', 'secret', 'byo-signing-key', '--type=merge', '-p', '{"data":{}}'];
  expect((await controller.try(['-n', 'byo-system', ...change])).stderr).toContain('Forbidden');
});
