// Cluster API's three managers as plain processes, each with exactly the rights of its own service account.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { dirname, join } from 'node:path';
import { readComponents, substituteVariables } from './cluster-api-manifests.ts';
import type { Components } from './cluster-api-manifests.ts';
import { renderFlags } from './control-plane.ts';
import type { Binary } from './control-plane.ts';
import { applyManifests, kubectl } from './kubectl.ts';
import { ensureKubeconfig, pkiFile } from './pki.ts';
import type { PortName } from './ports.ts';
import { ensureProcess, requireRunning } from './processes.ts';
import { instanceDir, writeFileAtomically } from './state.ts';
import type { InstanceRecord } from './state.ts';
import { waitFor } from './wait.ts';

/** Providers as clusterctl names them. */
type Provider = 'core' | 'bootstrap-kubeadm' | 'control-plane-kubeadm';

/** What is needed of the cached parts. */
export type ClusterApiParts = { binary: Binary; components: (provider: Provider) => string };

type Manager = { provider: Provider; process: string; binary: string; account: string; ports: Record<Door, PortName> };
type Door = 'webhook' | 'health' | 'diagnostics';

const MANAGERS: Manager[] = [
  {
    provider: 'core',
    process: 'capi-core',
    binary: 'capi-core-manager',
    account: 'capi-system:capi-manager',
    ports: { webhook: 'coreWebhook', health: 'coreHealth', diagnostics: 'coreDiagnostics' },
  },
  {
    provider: 'bootstrap-kubeadm',
    process: 'capi-kubeadm-bootstrap',
    binary: 'capi-kubeadm-bootstrap-manager',
    account: 'capi-kubeadm-bootstrap-system:capi-kubeadm-bootstrap-manager',
    ports: { webhook: 'bootstrapWebhook', health: 'bootstrapHealth', diagnostics: 'bootstrapDiagnostics' },
  },
  {
    provider: 'control-plane-kubeadm',
    process: 'capi-kubeadm-control-plane',
    binary: 'capi-kubeadm-control-plane-manager',
    account: 'capi-kubeadm-control-plane-system:capi-kubeadm-control-plane-manager',
    ports: { webhook: 'controlPlaneWebhook', health: 'controlPlaneHealth', diagnostics: 'controlPlaneDiagnostics' },
  },
];

/** Values of the manifests' variables that differ from upstream's defaults: ClusterClass is part of what we support. */
const VARIABLES = { CLUSTER_TOPOLOGY: 'true' };

/** Install the components, start the managers, and prove the webhooks by a dry run. Needs a ready API server. */
export async function ensureClusterApi(record: InstanceRecord, parts: ClusterApiParts): Promise<void> {
  const installed = MANAGERS.map((manager) => ({ manager, components: componentsOf(record, parts, manager) }));
  const digest = digestOf(installed.map((entry) => entry.components));
  const current = readApplied(record.name) === digest;
  const pick = (key: 'objects' | 'webhooks') => installed.flatMap((entry) => entry.components[key]);
  if (!current) await applyManifests(record.name, parts.binary, pick('objects'));
  for (const { manager, components } of installed) await startManager(record, parts, { manager, components });
  for (const { manager } of installed) await waitForManager(record, manager);
  if (!current) await applyManifests(record.name, parts.binary, pick('webhooks'));
  await proveWebhooks(record, parts.binary);
  writeFileAtomically(appliedFile(record.name), digest);
}

function componentsOf(record: InstanceRecord, parts: ClusterApiParts, manager: Manager): Components {
  const yaml = substituteVariables(readFileSync(parts.components(manager.provider), 'utf8'), VARIABLES);
  const authority = readFileSync(pkiFile(record.name, 'ca.crt'), 'utf8');
  return readComponents(yaml, { port: record.ports[manager.ports.webhook], authority });
}

async function startManager(
  record: InstanceRecord,
  parts: ClusterApiParts,
  { manager, components }: { manager: Manager; components: Components },
): Promise<void> {
  const kubeconfig = pkiFile(record.name, `${manager.process}.kubeconfig`);
  const as = `system:serviceaccount:${manager.account}`;
  const admin = { user: 'lab-admin', groups: ['system:masters'] };
  await ensureKubeconfig(record, kubeconfig, { ...admin, as });
  const port = (door: Door): string => `127.0.0.1:${record.ports[manager.ports[door]]}`;
  const flags = {
    kubeconfig,
    'webhook-port': String(record.ports[manager.ports.webhook]),
    'webhook-cert-dir': dirname(pkiFile(record.name, 'webhooks/tls.crt')),
    'health-addr': port('health'),
    'diagnostics-address': port('diagnostics'),
    // Secured diagnostics ask the API server with rights that the manager's own account has not got outside a pod.
    'insecure-diagnostics': 'true',
    // Election needs the namespace of a pod; here one process is all there ever is.
    'leader-elect': 'false',
  };
  const upstream = components.managerArguments.filter((argument) => !isOneOf(argument, flags));
  const argv = [parts.binary(manager.binary), ...upstream, ...renderFlags(flags)];
  await ensureProcess(instanceDir(record.name), { name: manager.process, argv });
}

async function waitForManager(record: InstanceRecord, manager: Manager): Promise<void> {
  const url = `http://127.0.0.1:${record.ports[manager.ports.health]}/readyz`;
  const probe = async (): Promise<string | undefined> => {
    requireRunning(instanceDir(record.name), manager.process);
    return probeHttp(url);
  };
  await waitFor(`${manager.process} ready`, probe, { timeoutMs: 90_000 });
}

async function proveWebhooks(record: InstanceRecord, binary: Binary): Promise<void> {
  const cluster = {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'Cluster',
    metadata: { name: 'lab-probe', namespace: 'default' },
    spec: { infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'ByoCluster', name: 'lab-probe' } },
  };
  const probe = async (): Promise<string | undefined> => {
    await kubectl(record.name, binary, ['create', '--dry-run=server', '-f', '-'], JSON.stringify(cluster));
    return undefined;
  };
  await waitFor('Cluster API webhooks', probe, { timeoutMs: 60_000, everyMs: 300 });
}

function isOneOf(argument: string, flags: Record<string, string>): boolean {
  return Object.keys(flags).some((name) => argument === `--${name}` || argument.startsWith(`--${name}=`));
}

// What was applied stays applied as long as the state folder, which holds etcd's data too, stays.
function digestOf(components: Components[]): string {
  return createHash('sha256').update(JSON.stringify(components)).digest('hex');
}

function appliedFile(name: string): string {
  return join(instanceDir(name), 'cluster-api.applied');
}

function readApplied(name: string): string | undefined {
  return existsSync(appliedFile(name)) ? readFileSync(appliedFile(name), 'utf8') : undefined;
}

async function probeHttp(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const call = get(url, { agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `${url} answers ${response.statusCode}`);
    });
    call.on('timeout', () => call.destroy(new Error(`${url} does not answer`)));
    call.on('error', (error) => resolve(error.message));
  });
}
