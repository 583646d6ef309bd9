// Who may write what of a host (deploy/admission.yaml, deploy/rbac.yaml), on a real API server.
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { FIELD_MANAGERS, LABELS, leaseNameOf } from '../../../api/names.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { BYO_HOST_ENROLLMENTS, BYO_HOSTS, LEASES } from '../../../common/kube/resources.ts';
import { reportedHost } from '../../support/builders.ts';
import { admin, createHost, makeClaimable, newNamespace, ours, prepareServer } from './fixtures.ts';
import { gateway, refusalOf, tenantOf, writerOf } from './people.ts';

beforeAll(prepareServer);

const BY_THE_CONTROLLER = /written by the controller alone.*make a ByoHostEnrollment/s;
const ONLY_REPORTED = /only reported may be written here/;
const FORBIDDEN = /403 .* is forbidden: User/s;

const claimFor = (namespace: string) => ({ namespace, name: 'm', incarnation: 'i', generation: 1 });
const pinned = (id: string) => ({ id, use: 'sealing', jwk: '{}' });
const patchHost = (kube: Kube, namespace: string, body: Record<string, unknown>) =>
  kube.patch(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', body });
const applyStatus = (kube: Kube, namespace: string, status: unknown) =>
  kube.apply(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', subresource: 'status', body: { status } });
const createNamed = (kube: Kube, namespace: string, spec: Record<string, unknown>) =>
  kube.create(BYO_HOSTS, { metadata: { namespace, name: 'made' }, spec: { hostID: randomUUID(), ...spec } }, namespace);

const entry = (id: string, by: string) => ({ id: id.repeat(32), what: 'link x', by, at: '2026-01-01T00:00:00Z' });

/** Everything of a spec that is the controller's. */
const held = (namespace: string): Record<string, unknown>[] => [
  { claim: claimFor(namespace), lastGeneration: 1 },
  { lastGeneration: 7 },
  { cleanupOwed: claimFor(namespace) },
  { keys: [pinned('stolen')] },
  { enrollment: 'another' },
];

test('the controller claims a host, pins its keys, frees it and writes down what it owes', async () => {
  const namespace = await newNamespace();
  await createHost(namespace, 'h');
  for (const spec of [...held(namespace), { claim: null }]) await patchHost(ours(), namespace, { spec });
  const { spec } = await admin.get(BYO_HOSTS, { namespace, name: 'h' });
  expect(spec).toMatchObject({ lastGeneration: 7, keys: [pinned('stolen')], cleanupOwed: claimFor(namespace) });
});

test('an administrator makes a host that is claimed already, as a move does', async () => {
  const namespace = await newNamespace();
  const whole = { keys: [pinned('k')], enrollment: 'e', claim: claimFor(namespace), lastGeneration: 1 };
  expect((await createNamed(admin, namespace, whole)).spec).toMatchObject(whole);
});

test('who administers a namespace cannot claim its hosts, pin a key or forget what is owed', async () => {
  const namespace = await newNamespace();
  const tenant = await tenantOf(namespace);
  await createHost(namespace, 'h');
  await makeClaimable(namespace, 'h');
  await patchHost(admin, namespace, { spec: { ...held(namespace)[0], cleanupOwed: claimFor(namespace) } });
  const tries = [...held(namespace).slice(1, 2), ...held(namespace).slice(3), { claim: null }, { cleanupOwed: null }];
  for (const spec of [...tries, { keys: null }, { claim: { releasing: true } }]) {
    expect(await refusalOf(patchHost(tenant, namespace, { spec }))).toMatch(BY_THE_CONTROLLER);
  }
});

test('the label of a claim is written by nobody but the controller: not by a tenant, not by a host, not by an enrollment', async () => {
  const namespace = await newNamespace();
  const tenant = await tenantOf(namespace);
  await createHost(namespace, 'h');
  const labels = { [LABELS.claim]: 'i' };
  expect(await refusalOf(patchHost(tenant, namespace, { metadata: { labels } }))).toMatch(BY_THE_CONTROLLER);
  expect(await refusalOf(patchHost(gateway(), namespace, { metadata: { labels } }))).toMatch(FORBIDDEN);
  const spec = { expiresAt: '2030-01-01T00:00:00Z', labels };
  const enrollment = tenant.create(BYO_HOST_ENROLLMENTS, { metadata: { namespace, name: 'e' }, spec }, namespace);
  expect(await refusalOf(enrollment)).toContain('cannot be granted to a host');
  await patchHost(ours(), namespace, { metadata: { labels } });
  const stripped = { metadata: { labels: { [LABELS.claim]: null } } };
  expect(await refusalOf(patchHost(tenant, namespace, stripped))).toMatch(BY_THE_CONTROLLER);
  expect((await patchHost(tenant, namespace, { spec: { unschedulable: true } })).metadata.labels).toEqual(labels);
});

test('who may update a host accepts what is left on it, in their own name alone', async () => {
  const namespace = await newNamespace();
  const tenant = await tenantOf(namespace);
  await createHost(namespace, 'h');
  const mine = entry('a', `byo-edit-of-${namespace}`);
  const accept = (kube: Kube, accepted: unknown) => patchHost(kube, namespace, { spec: { accepted } });
  expect(await refusalOf(accept(tenant, [entry('a', 'somebody-else')]))).toContain('in their own name');
  await accept(tenant, [mine]);
  await accept(admin, [mine, entry('b', 'restored')]);
  expect(await refusalOf(accept(tenant, [mine, { ...entry('b', 'restored'), what: 'all' }]))).toContain(
    'in their own name',
  );
  expect((await accept(tenant, [entry('b', 'restored')])).spec.accepted).toHaveLength(1);
  expect(await refusalOf(accept(await tenantOf(namespace, 'byo-view'), []))).toMatch(FORBIDDEN);
});

test('who administers a namespace keeps hosts out of use, labels them and takes them away', async () => {
  const namespace = await newNamespace();
  const tenant = await tenantOf(namespace);
  await createHost(namespace, 'h');
  const body = { spec: { unschedulable: true }, metadata: { labels: { 'byo.example.com/role': 'worker' } } };
  expect((await patchHost(tenant, namespace, body)).spec.unschedulable).toBe(true);
  expect(await tenant.delete(BYO_HOSTS, { namespace, name: 'h' })).toBe(true);
});

test('nobody but the controller makes a host: not by RBAC, and not with the right to create', async () => {
  const namespace = await newNamespace();
  expect(await refusalOf(createNamed(await tenantOf(namespace), namespace, {}))).toMatch(FORBIDDEN);
  expect(await refusalOf(createNamed(await writerOf(namespace), namespace, {}))).toMatch(BY_THE_CONTROLLER);
});

test('a tenant reaches no host of another namespace, and no status at all', async () => {
  const [own, other] = [await newNamespace(), await newNamespace()];
  const tenant = await tenantOf(own);
  await createHost(own, 'h');
  await createHost(other, 'h');
  expect(await refusalOf(patchHost(tenant, other, { spec: { unschedulable: true } }))).toMatch(FORBIDDEN);
  expect(await refusalOf(tenant.get(BYO_HOSTS, { namespace: other, name: 'h' }))).toMatch(FORBIDDEN);
  expect(await refusalOf(applyStatus(tenant, own, { reported: reportedHost() }))).toMatch(FORBIDDEN);
});

test('who may only look changes nothing', async () => {
  const namespace = await newNamespace();
  const viewer = await tenantOf(namespace, 'byo-view');
  await createHost(namespace, 'h');
  expect((await viewer.get(BYO_HOSTS, { namespace, name: 'h' })).metadata.name).toBe('h');
  expect(await refusalOf(patchHost(viewer, namespace, { spec: { unschedulable: true } }))).toMatch(FORBIDDEN);
});

test('a claim or a debt across namespaces is refused, whoever writes it', async () => {
  const namespace = await newNamespace();
  await createHost(namespace, 'h');
  for (const kube of [ours(), admin]) {
    for (const spec of [{ claim: claimFor('default'), lastGeneration: 1 }, { cleanupOwed: claimFor('default') }]) {
      expect(await refusalOf(patchHost(kube, namespace, { spec }))).toContain('of its own namespace only');
    }
  }
});

test('the gateway says what a host reports, and nothing else of it', async () => {
  const namespace = await newNamespace();
  const { keys } = await createHost(namespace, 'h');
  await makeClaimable(namespace, 'h');
  const door = gateway();
  const reported = reportedHost({ hostname: 'renamed', sealingKey: JSON.stringify(keys.publicJwk) });
  const change = { manager: FIELD_MANAGERS.agent, subresource: 'status', body: { status: { reported } } } as const;
  const host = await door.apply(BYO_HOSTS, { namespace, name: 'h' }, change);
  expect(host.status?.reported?.hostname).toBe('renamed');
  expect(host.status?.conditions).toHaveLength(1);
  const condition = { type: 'Connected', status: 'False', reason: 'x', message: '', lastTransitionTime: NOW };
  for (const status of [
    { conditions: [condition] },
    { conditions: [{ ...condition, type: 'Fit' }] },
    { hostinfo: { osname: 'linux' } },
    { machineRef: { name: 'm' } },
  ]) {
    const path = `/apis/infrastructure.cluster.x-k8s.io/v1beta1/namespaces/${namespace}/byohosts/h/status`;
    const contentType = 'application/merge-patch+json';
    const patch = door.transport.request({ method: 'PATCH', path, body: { status }, contentType });
    expect(await refusalOf(patch)).toMatch(ONLY_REPORTED);
  }
  const metadata = { labels: { 'byo.example.com/role': 'worker' } };
  await door.apply(BYO_HOSTS, { namespace, name: 'h' }, { ...change, body: { ...change.body, metadata } });
  expect((await admin.get(BYO_HOSTS, { namespace, name: 'h' })).metadata.labels).toEqual({});
  expect(await refusalOf(patchHost(door, namespace, { metadata }))).toMatch(FORBIDDEN);
});

const NOW = '2026-01-01T00:00:00Z';

test('the rule for statuses holds for whoever has the right to write them, not for the gateway by its name', async () => {
  const namespace = await newNamespace();
  await createHost(namespace, 'h');
  const writer = await writerOf(namespace);
  expect(await refusalOf(applyStatus(writer, namespace, { hostinfo: { osname: 'linux' } }))).toMatch(ONLY_REPORTED);
});

test('the gateway keeps Leases of hosts, and cannot become anybody’s leader', async () => {
  const namespace = await newNamespace();
  const lease = (name: string) => ({ metadata: { namespace, name }, spec: { holderIdentity: 'x' } });
  await gateway().create(LEASES, lease(leaseNameOf('h')), namespace);
  await admin.create(LEASES, lease('manager'), namespace);
  const key = { namespace, name: 'manager' };
  const change = { manager: 'test', body: { spec: { holderIdentity: 'me' } } };
  await gateway().patch(LEASES, { namespace, name: leaseNameOf('h') }, change);
  expect(await refusalOf(gateway().patch(LEASES, key, change))).toContain('begin with byohost-');
  expect(await refusalOf(gateway().create(LEASES, lease('another'), namespace))).toContain('begin with byohost-');
  expect(await refusalOf(gateway().delete(LEASES, key))).toMatch(FORBIDDEN);
});
