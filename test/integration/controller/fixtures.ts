// Ground for tests on a real API server: our rights, stand-ins for Cluster API's kinds, and objects that are stored.
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, vi } from 'vitest';
import type { ByoHost } from '../../../api/byo-host.ts';
import type { ByoMachine } from '../../../api/byo-machine.ts';
import { FIELD_MANAGERS, leaseNameOf, SYSTEM_NAMESPACE } from '../../../api/names.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { connect } from '../../../common/kube/connect.ts';
import {
  BYO_CLUSTERS,
  BYO_HOST_ENROLLMENTS,
  BYO_HOSTS,
  BYO_MACHINES,
  CLUSTERS,
  LEASES,
  MACHINES,
  NAMESPACES,
  pathOf,
  type ObjectKey,
  type Resource,
} from '../../../common/kube/resources.ts';
import { createKeyPair, type KeyPair } from '../../../common/keys/sealing.ts';
import { reportedHost } from '../../support/builders.ts';
import { createStandIns } from '../../support/cluster-api-kinds.ts';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const kubeconfig = process.env.BYO_TEST_KUBECONFIG ?? '';

/** An administrator, for what users and Cluster API do. */
export const admin = connect({ kubeconfig });
/** Our controller, with the rights of deploy/rbac.yaml and no more. */
export const ours = () => connect({ kubeconfig, as: `system:serviceaccount:${SYSTEM_NAMESPACE}:byo-controller` });

/** Applies our rights and rules, makes the kinds of Cluster API that are not there; safe to call from each file. */
export async function prepareServer(): Promise<void> {
  const kubectl = process.env.BYO_TEST_KUBECTL ?? 'kubectl';
  const files = ['namespace', 'rbac.yaml', 'admission.yaml'].flatMap((file) => ['-f', join(root, 'deploy', file)]);
  await execa(kubectl, ['--kubeconfig', kubeconfig, 'apply', ...files]);
  const kinds = await createStandIns(admin);
  await execa(kubectl, ['--kubeconfig', kubeconfig, 'wait', '--for=condition=Established', '--timeout=30s', ...kinds]);
  await untilRulesHold();
}

/** The API server takes policies up in the order in which they were written: the last of the file holds last. */
async function untilRulesHold(): Promise<void> {
  const spec = { expiresAt: '2030-01-01T00:00:00Z', labels: { 'kubernetes.io/probe': '' } };
  const path = pathOf(BYO_HOST_ENROLLMENTS, { namespace: 'default' });
  const { apiVersion, kind } = BYO_HOST_ENROLLMENTS;
  const body = { apiVersion, kind, metadata: { name: 'probe' }, spec };
  const probe = () => admin.transport.request({ method: 'POST', path, query: { dryRun: 'All' }, body });
  await vi.waitFor(() => expect(probe()).rejects.toThrow('cannot be granted to a host'), { timeout: 30_000 });
}

/** A namespace of its own for each test. */
export async function newNamespace(): Promise<string> {
  const name = `t-${randomUUID().slice(0, 8)}`;
  await admin.create(NAMESPACES, { metadata: { name } });
  return name;
}

/** Writes a status as its owner would. */
export async function setStatus<T>(
  resource: Resource<T>,
  key: ObjectKey,
  status: unknown,
  manager = 'test',
): Promise<T> {
  return admin.apply(resource, key, { manager, subresource: 'status', body: { status } });
}

/** A ByoCluster that the Cluster `c` owns. */
export async function createByoCluster(namespace: string, spec: Record<string, unknown> = {}): Promise<void> {
  const { metadata } = await admin.get(CLUSTERS, { namespace, name: 'c' });
  const owner = { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Cluster', name: 'c', uid: metadata.uid };
  await admin.create(BYO_CLUSTERS, { metadata: { namespace, name: 'c', ownerReferences: [owner] }, spec }, namespace);
}

/** A Cluster `c` whose infrastructure is provisioned. */
export async function createCluster(namespace: string): Promise<void> {
  await admin.create(CLUSTERS, { metadata: { namespace, name: 'c' }, spec: {} }, namespace);
  await setStatus(CLUSTERS, { namespace, name: 'c' }, { initialization: { infrastructureProvisioned: true } });
}

/** A Machine and its ByoMachine, as Cluster API makes them. */
export async function createMachine(
  namespace: string,
  name: string,
  spec: Record<string, unknown> = {},
): Promise<ByoMachine> {
  const owner = await admin.create(
    MACHINES,
    {
      metadata: { namespace, name },
      spec: {
        clusterName: 'c',
        version: 'v1.36.3',
        bootstrap: { dataSecretName: `${name}-data` },
        infrastructureRef: { kind: 'ByoMachine', name },
      },
    },
    namespace,
  );
  const { uid } = owner.metadata;
  const ownerReferences = [{ apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Machine', name, uid, controller: true }];
  const metadata = { namespace, name, ownerReferences, labels: { 'cluster.x-k8s.io/cluster-name': 'c' } };
  return admin.create(BYO_MACHINES, { metadata, spec: { installerRef: { name: 'installer' }, ...spec } }, namespace);
}

/** A host that has enrolled, and whose agent has reported and keeps a Lease; with its sealing key pair. */
export async function createHost(namespace: string, name: string): Promise<{ host: ByoHost; keys: KeyPair }> {
  const keys = await createKeyPair('sealing');
  const pinned = [{ id: keys.id, use: 'sealing', jwk: JSON.stringify(keys.publicJwk) }];
  const spec = { hostID: randomUUID(), keys: pinned };
  await admin.create(BYO_HOSTS, { metadata: { namespace, name }, spec }, namespace);
  const reported = reportedHost({ sealingKey: JSON.stringify(keys.publicJwk), hostname: name });
  const host = await setStatus(BYO_HOSTS, { namespace, name }, { reported }, FIELD_MANAGERS.agent);
  const lease = {
    metadata: { namespace, name: leaseNameOf(name) },
    spec: { renewTime: '2026-01-01T00:00:00.000000Z' },
  };
  await admin.create(LEASES, lease, namespace);
  return { host, keys };
}

/** What the host reconciler makes of a new host, for tests that run without it. */
export async function makeClaimable(namespace: string, name: string): Promise<ByoHost> {
  const connected = { type: 'Connected', status: 'True', reason: 'LeaseFresh', message: '', lastTransitionTime: NOW };
  return setStatus(BYO_HOSTS, { namespace, name }, { conditions: [connected] }, FIELD_MANAGERS.hostReconciler);
}

const NOW = '2026-01-01T00:00:00Z';

/** resourceVersions of our objects of a namespace, by kind and name. */
export async function versionsOf(kube: Kube, namespace: string): Promise<Record<string, string>> {
  const [clusters, hosts, machines] = await Promise.all([
    kube.list(BYO_CLUSTERS, { namespace }),
    kube.list(BYO_HOSTS, { namespace }),
    kube.list(BYO_MACHINES, { namespace }),
  ]);
  const all = [...clusters.items, ...hosts.items, ...machines.items].map(({ metadata }) => metadata);
  return Object.fromEntries(all.map(({ name, resourceVersion }) => [name, resourceVersion]));
}
