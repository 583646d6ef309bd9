// Templates, references, enrollments and machines under deploy/admission.yaml, on a real API server.
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { ANNOTATIONS, API_VERSION } from '../../../api/names.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { BYO_HOST_ENROLLMENTS, BYO_MACHINES, INSTALLER_TEMPLATES } from '../../../common/kube/resources.ts';
import { admin, createCluster, createMachine, newNamespace, ours, prepareServer } from './fixtures.ts';
import { dryRun, kindOf, refusalOf, tenantOf, writerOf } from './people.ts';

beforeAll(prepareServer);

const MACHINE_TEMPLATES = kindOf(API_VERSION, 'ByoMachineTemplate', 'byomachinetemplates');
const CLUSTER_TEMPLATES = kindOf(API_VERSION, 'ByoClusterTemplate', 'byoclustertemplates');
const DRY_RUN = { metadata: { annotations: { 'topology.cluster.x-k8s.io/dry-run': '' } } };

const templated = (spec: unknown) => ({ spec: { template: { spec } } });
const createTemplate = (kube: Kube, namespace: string, spec: unknown) =>
  kube.create(MACHINE_TEMPLATES, { metadata: { namespace, name: 't' }, ...templated(spec) }, namespace);

test.each([
  [MACHINE_TEMPLATES, { installerRef: { name: 'a' } }, { installerRef: { name: 'b' } }],
  [CLUSTER_TEMPLATES, { controlPlaneEndpoint: { port: 6443 } }, { controlPlaneEndpoint: { port: 443 } }],
])('$kind: the template stays as it is, but for the dry run of a topology', async (kind, before, after) => {
  const namespace = await newNamespace();
  const at = { namespace, name: 't' };
  await admin.create(kind, { metadata: at, ...templated(before) }, namespace);
  const change = (body: Record<string, unknown>) => admin.patch(kind, at, { manager: 'test', body });
  expect(await refusalOf(change(templated(after)))).toContain('Make one under another name');
  expect(await refusalOf(change({ ...templated(after), ...DRY_RUN }))).toContain('A template cannot change');
  expect(await refusalOf(dryRun(admin, kind, at, templated(after)))).toContain('A template cannot change');
  expect(await dryRun(admin, kind, at, { ...templated(after), ...DRY_RUN })).toMatchObject(templated(after));
  const labels = { 'cluster.x-k8s.io/cluster-name': 'c' };
  expect(await change({ metadata: { labels }, ...templated(before) })).toMatchObject({ metadata: { labels } });
  expect(await admin.delete(kind, at)).toBe(true);
});

/** A version and its digest. */
const version = (patch: number, digit: string) => ({
  version: `v1.36.${patch}`,
  digest: `sha256:${digit.repeat(64)}`,
});

test('an installer template takes further versions; what a version means stays', async () => {
  const namespace = await newNamespace();
  const tenant = await tenantOf(namespace);
  const spec = { bundleRepo: 'file:///b', bundleType: 'k8s', versions: [version(3, 'a')] };
  const metadata = { namespace, name: 'i' };
  await tenant.create(INSTALLER_TEMPLATES, { metadata, ...templated(spec) }, namespace);
  const change = (more: unknown) =>
    tenant.patch(INSTALLER_TEMPLATES, metadata, { manager: 'test', body: templated(more) });
  await change({ versions: [version(3, 'a'), version(4, 'b')], allowFloatingTag: true });
  for (const more of [
    { versions: [version(3, 'c'), version(4, 'b')] },
    { versions: [version(4, 'b')] },
    { versions: null },
    { bundleRepo: 'file:///elsewhere' },
  ]) {
    expect(await refusalOf(change(more))).toContain('what a version means stays');
  }
});

test('references stay in their own namespace', async () => {
  const namespace = await newNamespace();
  const tenant = await tenantOf(namespace);
  const foreign = { installerRef: { name: 'i', namespace: 'default' } };
  const create = (spec: unknown) =>
    tenant.create(BYO_MACHINES, { metadata: { namespace, name: 'm' }, spec }, namespace);
  expect(await refusalOf(createTemplate(tenant, namespace, foreign))).toContain('installerRef names another namespace');
  expect(await refusalOf(create(foreign))).toContain('Leave its namespace out');
  await create({ installerRef: { name: 'i', namespace } });
  const change = { manager: 'test', body: { spec: foreign } };
  expect(await refusalOf(tenant.patch(BYO_MACHINES, { namespace, name: 'm' }, change))).toContain('another namespace');
  await createTemplate(tenant, namespace, { installerRef: { name: 'i' } });
});

test('which host a machine is, and which machine it is, only the controller says', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  const tenant = await tenantOf(namespace);
  await createMachine(namespace, 'm');
  const at = { namespace, name: 'm' };
  const providerID = `byoh://${randomUUID()}/1`;
  const annotations = { [ANNOTATIONS.incarnation]: 'another' };
  const identities = [{ spec: { providerID } }, { metadata: { annotations } }];
  const change = (kube: Kube, body: Record<string, unknown>) => kube.patch(BYO_MACHINES, at, { manager: 'test', body });
  for (const body of identities) {
    expect(await refusalOf(change(tenant, body))).toContain('a host is given to the machine by its selector');
  }
  const whole = { metadata: { namespace, name: 'made', annotations }, spec: { providerID } };
  expect(await refusalOf((await writerOf(namespace)).create(BYO_MACHINES, whole, namespace))).toContain(
    'by the controller',
  );
  for (const body of identities) await change(ours(), body);
  const removed = { metadata: { annotations: { [ANNOTATIONS.incarnation]: null } } };
  expect(await refusalOf(change(tenant, removed))).toContain('written by the controller alone');
  const retry = { metadata: { annotations: { [ANNOTATIONS.retryBootstrap]: 'yes' } } };
  expect((await change(tenant, retry)).spec.providerID).toBe(providerID);
  expect((await admin.create(BYO_MACHINES, whole, namespace)).spec.providerID).toBe(providerID);
  expect(await tenant.delete(BYO_MACHINES, at)).toBe(true);
});

const enrollment = (namespace: string, spec: Record<string, unknown>) => ({
  metadata: { namespace, name: `e-${randomUUID()}` },
  spec: { expiresAt: '2030-01-01T00:00:00Z', ...spec },
});
const enroll = (kube: Kube, namespace: string, spec: Record<string, unknown>) =>
  kube.create(BYO_HOST_ENROLLMENTS, enrollment(namespace, spec), namespace);

test.each([
  'kubernetes.io/role',
  'node-restriction.kubernetes.io/tier',
  'node-role.kubernetes.io/control-plane',
  'k8s.io/x',
  'a.b.k8s.io/x',
  'cluster.x-k8s.io/watch-filter',
  'topology.cluster.x-k8s.io/owned',
])('the label %s is granted to no host', async (label) => {
  const namespace = await newNamespace();
  const refused = enroll(await tenantOf(namespace), namespace, { labels: { 'byo.example.com/a': '', [label]: 'x' } });
  expect(await refusalOf(refused)).toContain('Use a domain of your own');
  expect(await refusalOf(enroll(admin, namespace, { labels: { [label]: 'x' } }))).toContain('cannot be granted');
});

test('other labels are granted, also those that only look like reserved ones', async () => {
  const namespace = await newNamespace();
  const labels = {
    'byo.example.com/role': 'w',
    plain: 'x',
    'notk8s.io/a': '',
    'k8s.io.example.com/a': '',
    'k8s.io': '',
  };
  const tenant = await tenantOf(namespace);
  const made = await enroll(tenant, namespace, { labels });
  expect(made.spec.labels).toEqual(labels);
  const at = { namespace, name: made.metadata.name };
  const change = { manager: 'test', body: { spec: { labels: { 'kubernetes.io/os': 'x' } } } };
  expect(await refusalOf(tenant.patch(BYO_HOST_ENROLLMENTS, at, change))).toContain('cannot be granted');
  const longer = { manager: 'test', body: { spec: { expiresAt: '2031-01-01T00:00:00Z' } } };
  expect((await tenant.patch(BYO_HOST_ENROLLMENTS, at, longer)).spec.labels).toEqual(labels);
});

test('who was admitted is not a tenant’s to say', async () => {
  const namespace = await newNamespace();
  const tenant = await tenantOf(namespace);
  const one = { hostID: randomUUID(), name: 'h', tlsKey: 't', sealingKey: 's', admittedAt: '2026-01-01T00:00:00Z' };
  const refusal = await refusalOf(enroll(tenant, namespace, { admitted: [one] }));
  expect(refusal).toContain('written by the controller alone, as hosts register');
  const { metadata } = await enroll(tenant, namespace, {});
  const at = { namespace, name: metadata.name };
  const admit = { manager: 'test', body: { spec: { admitted: [one] } } };
  expect(await refusalOf(tenant.patch(BYO_HOST_ENROLLMENTS, at, admit))).toContain('by the controller alone');
  await admin.patch(BYO_HOST_ENROLLMENTS, at, admit);
  const forget = { manager: 'test', body: { spec: { admitted: null } } };
  expect(await refusalOf(tenant.patch(BYO_HOST_ENROLLMENTS, at, forget))).toContain('by the controller alone');
  expect((await enroll(admin, namespace, { admitted: [one] })).spec.admitted).toEqual([one]);
});

test('D5: only who may revoke a host lets an enrollment take a revoked one in again', async () => {
  const namespace = await newNamespace();
  const tenant = await tenantOf(namespace);
  const again = { replaceHost: 'h', replaceRevoked: true };
  const patch = (kube: Kube, { metadata }: { metadata: { name: string } }, body: Record<string, unknown>) =>
    kube.patch(BYO_HOST_ENROLLMENTS, { namespace, name: metadata.name }, { manager: 'test', body });
  for (const kube of [tenant, await writerOf(namespace)]) {
    expect(await refusalOf(enroll(kube, namespace, again))).toContain('the permission to update byohosts/claim');
  }
  const theirs = await enroll(tenant, namespace, { replaceHost: 'h', replaceRevoked: false });
  expect(await refusalOf(patch(tenant, theirs, { spec: again }))).toContain('byo enroll create NAME --replace HOST');
  const made = await enroll(admin, namespace, again);
  // Lengthened, it would serve for a host that is revoked later.
  const longer = { spec: { expiresAt: '2031-01-01T00:00:00Z' } };
  expect(await refusalOf(patch(tenant, made, longer))).toContain('or changes such an enrollment');
  const labels = { 'byo.example.com/a': 'x' };
  expect(await patch(tenant, made, { metadata: { labels } })).toMatchObject({ metadata: { labels }, spec: again });
  expect((await patch(ours(), made, longer)).spec).toMatchObject(longer.spec);
  expect((await patch(tenant, made, { spec: { replaceRevoked: null } })).spec.replaceRevoked).toBeUndefined();
  expect(await tenant.delete(BYO_HOST_ENROLLMENTS, { namespace, name: made.metadata.name })).toBe(true);
  expect(await refusalOf(enroll(admin, namespace, { replaceRevoked: true }))).toContain(
    'replaceHost, which is missing',
  );
});
