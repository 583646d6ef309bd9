// Objects with defaults, for tests that decide: valid, and different only in what a test says.
import { randomUUID } from 'node:crypto';
import { ByoCluster } from '../../api/byo-cluster.ts';
import { ByoHost } from '../../api/byo-host.ts';
import { ByoMachine } from '../../api/byo-machine.ts';
import { Cluster, Machine } from '../../api/cluster-api.ts';
import { ANNOTATIONS, API_VERSION, FINALIZERS, LABELS } from '../../api/names.ts';
import { ReportedHost } from '../../api/report/reported-host.ts';
import { claimLabelOf } from '../../common/claim/claim-label.ts';

type Parts = { metadata?: Record<string, unknown>; spec?: Record<string, unknown>; status?: Record<string, unknown> };

const metadata = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
  ...more,
});

/** What an agent reports of a machine that suits. */
export function reportedHost(more: Record<string, unknown> = {}): ReportedHost {
  return ReportedHost.parse({
    agentVersion: '0.1.0',
    protocol: 1,
    hostname: 'machine',
    machineID: 'abc',
    osImage: 'Debian GNU/Linux 12',
    osID: 'debian',
    kernel: '6.1',
    architecture: 'amd64',
    cgroup: 'v2',
    cpus: 2,
    memoryBytes: 4e9,
    findings: [],
    sealingKey: '{}',
    generation: 0,
    network: [
      { networkInterfaceName: 'eth0', macAddr: '02:00:00:00:00:01', ipAddrs: ['192.0.2.11/24'], isDefault: true },
    ],
    ...more,
  });
}

/** A condition that was written long ago. */
export function condition(type: string, status: 'True' | 'False' | 'Unknown', reason: string, message = '') {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

/** A host that can be claimed now. */
export function byoHost(name: string, parts: Parts = {}): ByoHost {
  return ByoHost.parse({
    metadata: metadata(name, { finalizers: [FINALIZERS.host], labels: labelsOf(parts.spec), ...parts.metadata }),
    spec: { hostID: randomUUID(), keys: [{ id: 'k', use: 'sealing', jwk: '{}' }], ...parts.spec },
    status: { reported: reportedHost(), conditions: [condition('Connected', 'True', 'LeaseFresh')], ...parts.status },
  });
}

/** As the write of the claim has put it. */
function labelsOf({ claim }: { claim?: { incarnation?: unknown } } = {}): Record<string, string> {
  return typeof claim?.incarnation === 'string' ? { [LABELS.claim]: claimLabelOf(claim.incarnation) } : {};
}

/** A machine that its owner has adopted and that waits for a host. */
export function byoMachine(name: string, parts: Parts = {}): ByoMachine {
  const owner = { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Machine', name, uid: `uid-owner-${name}` };
  return ByoMachine.parse({
    metadata: metadata(name, {
      finalizers: [FINALIZERS.machine],
      annotations: { [ANNOTATIONS.incarnation]: `uid-${name}` },
      labels: { 'cluster.x-k8s.io/cluster-name': 'c' },
      ownerReferences: [owner],
      ...parts.metadata,
    }),
    spec: { installerRef: { apiVersion: API_VERSION, kind: 'K8sInstallerConfigTemplate', name: 'i' }, ...parts.spec },
    ...(parts.status ? { status: parts.status } : {}),
  });
}

/** The Machine that owns the ByoMachine of the same name; its bootstrap data is there. */
export function machine(name: string, parts: Parts = {}): Machine {
  const infrastructureRef = { kind: 'ByoMachine', name };
  return Machine.parse({
    metadata: metadata(name, parts.metadata),
    spec: {
      clusterName: 'c',
      version: 'v1.36.3',
      bootstrap: { dataSecretName: 'data' },
      infrastructureRef,
      ...parts.spec,
    },
    ...(parts.status ? { status: parts.status } : {}),
  });
}

/** A Cluster whose infrastructure is provisioned. */
export function cluster(parts: Parts = {}): Cluster {
  const status = { initialization: { infrastructureProvisioned: true }, ...parts.status };
  return Cluster.parse({ metadata: metadata('c', parts.metadata), spec: { ...parts.spec }, status });
}

/** A ByoCluster that its Cluster owns, with an endpoint. */
export function byoCluster(parts: Parts = {}): ByoCluster {
  const owner = { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Cluster', name: 'c', uid: 'uid-c' };
  return ByoCluster.parse({
    metadata: metadata('c', { finalizers: [FINALIZERS.cluster], ownerReferences: [owner], ...parts.metadata }),
    spec: { controlPlaneEndpoint: { host: '192.0.2.1', port: 6443 }, ...parts.spec },
    ...(parts.status ? { status: parts.status } : {}),
  });
}

/** A claim of the machine of that name. */
export function claimOf(name: string, generation = 1, more: Record<string, unknown> = {}) {
  return { namespace: 'default', name, incarnation: `uid-${name}`, generation, ...more };
}
