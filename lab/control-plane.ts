// etcd, kube-apiserver and kube-controller-manager of an instance: a management cluster without nodes.
import { mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { adminKubeconfig, ensureKubeconfig, ensurePki, pkiFile } from './pki.ts';
import { ensureProcess, requireRunning } from './processes.ts';
import type { ProcessSpec } from './processes.ts';
import type { InstanceRecord } from './state.ts';
import { instanceDir } from './state.ts';
import { waitFor } from './wait.ts';

/** Absolute path of one of the cached programs, by name. */
export type Binary = (name: string) => string;

/**
 * Without these, objects linger or roles stay empty: garbage collection (bootstrap secrets), aggregation (Cluster
 * API's core role), namespaces (deletion), service accounts and the root CA (what in-cluster clients expect).
 */
const CONTROLLERS = [
  'namespace-controller',
  'garbage-collector-controller',
  'clusterrole-aggregation-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
];

/** Start what does not run and wait until the API answers; about 5 s from nothing. */
export async function ensureControlPlane(record: InstanceRecord, binary: Binary): Promise<void> {
  const dir = instanceDir(record.name);
  mkdirSync(join(dir, 'etcd'), { recursive: true, mode: 0o700 });
  await ensurePki(record);
  const admin = { user: 'lab-admin', groups: ['system:masters'] };
  await ensureKubeconfig(record, adminKubeconfig(record.name), admin);
  const controllers = { user: 'system:kube-controller-manager', groups: [] };
  await ensureKubeconfig(record, pkiFile(record.name, 'controller-manager.kubeconfig'), controllers);
  for (const spec of [etcd, apiServer]) await ensureProcess(dir, spec(record, binary));
  await waitForApiServer(record);
  await ensureProcess(dir, controllerManager(record, binary));
}

/** Wait for the API server's own readiness, which includes etcd and the built-in roles. */
export async function waitForApiServer(record: InstanceRecord): Promise<void> {
  const dir = instanceDir(record.name);
  const url = `https://127.0.0.1:${record.ports.apiServer}/readyz`;
  const probe = async (): Promise<string | undefined> => {
    requireRunning(dir, 'etcd');
    requireRunning(dir, 'api-server');
    return probeHttps(url, readFileSync(pkiFile(record.name, 'ca.crt'), 'utf8'));
  };
  await waitFor('kube-apiserver ready', probe, { timeoutMs: 90_000 });
}

function etcd(record: InstanceRecord, binary: Binary): ProcessSpec {
  const client = `https://127.0.0.1:${record.ports.etcd}`;
  const peer = `http://127.0.0.1:${record.ports.etcdPeer}`;
  const files = (file: string): string => pkiFile(record.name, file);
  const flags = {
    'data-dir': join(instanceDir(record.name), 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'cert-file': files('etcd.crt'),
    'key-file': files('etcd.key'),
    'client-cert-auth': 'true',
    'trusted-ca-file': files('ca.crt'),
    // A lab's disk is slow and its data worth nothing after a crash of the whole machine.
    'unsafe-no-fsync': 'true',
    'log-level': 'warn',
  };
  return { name: 'etcd', argv: [binary('etcd'), ...renderFlags(flags)] };
}

function apiServer(record: InstanceRecord, binary: Binary): ProcessSpec {
  const files = (file: string): string => pkiFile(record.name, file);
  const flags = {
    'bind-address': '127.0.0.1',
    'secure-port': String(record.ports.apiServer),
    // Never dialled: the Service "kubernetes" has no user here, but a loopback address is refused.
    'advertise-address': record.gateway,
    'endpoint-reconciler-type': 'none',
    'etcd-servers': `https://127.0.0.1:${record.ports.etcd}`,
    'etcd-cafile': files('ca.crt'),
    'etcd-certfile': files('etcd.crt'),
    'etcd-keyfile': files('etcd.key'),
    'tls-cert-file': files('api-server.crt'),
    'tls-private-key-file': files('api-server.key'),
    'client-ca-file': files('ca.crt'),
    'authorization-mode': 'RBAC',
    'enable-admission-plugins': 'OwnerReferencesPermissionEnforcement',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': files('service-accounts.pub'),
    'service-account-signing-key-file': files('service-accounts.key'),
    'service-cluster-ip-range': '10.96.0.0/16',
    'allow-privileged': 'true',
    'cert-dir': files(''),
  };
  return { name: 'api-server', argv: [binary('kube-apiserver'), ...renderFlags(flags)] };
}

function controllerManager(record: InstanceRecord, binary: Binary): ProcessSpec {
  const kubeconfig = pkiFile(record.name, 'controller-manager.kubeconfig');
  const flags = {
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': '127.0.0.1',
    'secure-port': String(record.ports.controllerManager),
    'cert-dir': pkiFile(record.name, ''),
    controllers: CONTROLLERS.join(','),
    'use-service-account-credentials': 'true',
    'service-account-private-key-file': pkiFile(record.name, 'service-accounts.key'),
    'root-ca-file': pkiFile(record.name, 'ca.crt'),
    'leader-elect': 'false',
  };
  return { name: 'controller-manager', argv: [binary('kube-controller-manager'), ...renderFlags(flags)] };
}

/** `--name=value` for each flag. */
export function renderFlags(flags: Record<string, string>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

async function probeHttps(url: string, ca: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const call = request(url, { ca, agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `${url} answers ${response.statusCode}`);
    });
    call.on('timeout', () => call.destroy(new Error(`${url} does not answer`)));
    call.on('error', (error) => resolve(error.message));
    call.end();
  });
}
