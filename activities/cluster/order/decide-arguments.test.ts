import { expect, test } from 'vitest';
import { byoMachine, cluster, machine } from '../../../test/support/builders.ts';
import { decideDrain } from './order-arguments.ts';
import { decideBootstrap } from './read-bootstrap.ts';
import { decideBundle } from './read-bundle.ts';

const version = 'v1.36.3';
const digest = `sha256:${'a'.repeat(64)}`;
const spec = { bundleRepo: 'file:///bundles', bundleType: 'k8s' as const };

test('a bundle is named by the digest of exactly that version', () => {
  const versions = [{ version, digest }];
  expect(decideBundle({ ...spec, versions }, { version, name: 'i' })).toEqual({ source: 'file:///bundles', digest });
  expect(decideBundle({ ...spec, versions }, { version: 'v1.36.4', name: 'i' })).toMatchObject({
    waiting: { reason: 'BundleNotPinned' },
  });
});

test('mirrors travel in their order, before the home of the bundle', () => {
  const mirrors = ['gateway:///', 'https://mirror.example/edge'];
  const pinned = { ...spec, mirrors, versions: [{ version, digest }] };
  const decided = { source: 'file:///bundles', mirrors, digest };
  expect(decideBundle(pinned, { version, name: 'i' })).toEqual(decided);
  expect(decideBundle({ ...pinned, mirrors: [] }, { version, name: 'i' })).not.toHaveProperty('mirrors');
});

test('without a digest only a floating tag that was asked for is taken', () => {
  const floating = { ...spec, allowFloatingTag: true };
  expect(decideBundle(floating, { version, name: 'i' })).toEqual({ source: 'file:///bundles' });
  expect(decideBundle(spec, { version, name: 'i' })).toMatchObject({
    waiting: { reason: 'BundleNotPinned', message: expect.stringContaining('allowFloatingTag') },
  });
});

const OWNER = { namespace: 'default', clusterName: 'c' };
type SecretParts = {
  type?: string;
  namespace?: string;
  labels?: Record<string, string>;
  data?: Record<string, string>;
};
const secret = (more: SecretParts = {}) => ({
  type: 'cluster.x-k8s.io/secret',
  data: { value: 'ZG9j', ...more.data },
  ...(more.type ? { type: more.type } : {}),
  metadata: {
    name: 's',
    namespace: more.namespace ?? 'default',
    uid: 'u',
    resourceVersion: '1',
    labels: more.labels ?? { 'cluster.x-k8s.io/cluster-name': 'c' },
  },
});

test('a bootstrap Secret without a format is cloud-config', () => {
  expect(decideBootstrap(secret(), OWNER)).toEqual({ format: 'cloud-config', document: 'ZG9j' });
});

test.each([
  ['another type', secret({ type: 'Opaque' }), 'Secret s is of type Opaque; only cluster.x-k8s.io/secret is used'],
  ['another namespace', secret({ namespace: 'other' }), 'Secret s is not of namespace default'],
  ['no label', secret({ labels: {} }), 'Secret s does not carry the label cluster.x-k8s.io/cluster-name=c'],
  [
    'the label of another cluster',
    secret({ labels: { 'cluster.x-k8s.io/cluster-name': 'other' } }),
    'Secret s does not carry the label cluster.x-k8s.io/cluster-name=c',
  ],
])('a Secret with %s is never sent to a host', (_name, given, message) => {
  const refusal = expect.objectContaining({ reason: 'BootstrapDataInvalid', retryable: false, message });
  expect(() => decideBootstrap(given, OWNER)).toThrowError(refusal);
});

test('a Secret without a document is waited for', () => {
  const waiting = { reason: 'WaitingForBootstrapData' };
  expect(decideBootstrap(secret({ data: { value: '' } }), OWNER)).toMatchObject({ waiting });
});

test('a document that no order can carry is refused with its size', () => {
  const fits = Buffer.alloc(768 * 1024).toString('base64');
  expect(decideBootstrap(secret({ data: { value: fits } }), OWNER)).toMatchObject({ document: fits });
  const large = secret({ data: { value: Buffer.alloc(768 * 1024 + 3).toString('base64') } });
  const message = 'the bootstrap data of s has 786435 bytes, of at most 786432';
  const refusal = expect.objectContaining({ reason: 'BootstrapDataInvalid', message });
  expect(() => decideBootstrap(large, OWNER)).toThrowError(refusal);
});

test('ignition is refused, with the remedy', () => {
  const ignition = secret({ data: { value: 'ZG9j', format: Buffer.from('ignition').toString('base64') } });
  expect(() => decideBootstrap(ignition, OWNER)).toThrowError(
    expect.objectContaining({ reason: 'BootstrapDataInvalid', retryable: false }),
  );
});

const VERIFY = { evict: false, timeoutSeconds: 0 };

test('a host evicts only when its ByoMachine goes alone', () => {
  const deleting = { metadata: { deletionTimestamp: '2026-01-02T00:00:00Z' } };
  const alone = { machine: byoMachine('m'), owner: machine('m'), cluster: cluster(), claimed: [] };
  expect(decideDrain(alone, undefined)).toEqual({ evict: true, timeoutSeconds: 300 });
  expect(decideDrain({ ...alone, owner: machine('m', deleting) }, undefined)).toEqual(VERIFY);
  expect(decideDrain({ ...alone, cluster: cluster(deleting) }, undefined)).toEqual(VERIFY);
});

test('a drain names the endpoint only when core has emptied a machine that goes: until then the host may serve it', () => {
  const deleting = { metadata: { deletionTimestamp: '2026-01-02T00:00:00Z' } };
  const endpoint = { host: '192.0.2.100', port: 6443 };
  const gone = { machine: byoMachine('m', deleting), owner: machine('m', deleting), cluster: cluster() };
  expect(decideDrain(gone, endpoint)).toEqual({ ...VERIFY, endpoint });
  expect(decideDrain({ ...gone, owner: machine('m') }, endpoint)).toEqual({ evict: true, timeoutSeconds: 300 });
  expect(decideDrain({ ...gone, machine: byoMachine('m') }, endpoint)).toEqual(VERIFY);
});
