// The key material of an instance on disk (0600 in a 0700 folder): made once, then only read.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, createSigningKey, issueCertificate } from './certificates.ts';
import type { KeyPair, Subject } from './certificates.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import type { InstanceRecord } from './state.ts';
import { instanceDir, writeFileAtomically } from './state.ts';

/** Path of a certificate, key or kubeconfig in an instance's `pki` folder. */
export function pkiFile(name: string, file: string): string {
  return join(instanceDir(name), 'pki', file);
}

/** Path of the admin kubeconfig of an instance's management plane. */
export function adminKubeconfig(name: string): string {
  return join(instanceDir(name), 'kubeconfig');
}

/** Make whatever key material is missing. */
export async function ensurePki(record: InstanceRecord): Promise<void> {
  const { name } = record;
  mkdirSync(pkiFile(name, 'webhooks'), { recursive: true, mode: 0o700 });
  await ensurePair(name, ['ca.crt', 'ca.key'], async () => createAuthority(`byo-lab ${name}`));
  await ensurePair(name, ['service-accounts.pub', 'service-accounts.key'], createSigningKey);
  const loopback = ['127.0.0.1', 'localhost'];
  await ensureIssued(name, 'etcd', { commonName: 'etcd', addresses: loopback });
  await ensureIssued(name, 'api-server', { commonName: 'kube-apiserver', addresses: loopback });
  await ensureIssued(name, 'webhooks/tls', { commonName: 'webhooks', addresses: loopback });
}

/** Who a minted kubeconfig is for. `as`: user to impersonate. */
export type KubeconfigRequest = { user: string; groups: string[]; as?: string };

/** A kubeconfig text with a new client certificate of the instance's CA; the text holds its private key. */
export async function mintKubeconfigFor(record: InstanceRecord, request: KubeconfigRequest): Promise<string> {
  const subject = { commonName: request.user, organizations: request.groups };
  const client = await issueCertificate(readAuthority(record.name), subject);
  return renderKubeconfig({
    cluster: `byo-${record.name}`,
    server: `https://127.0.0.1:${record.ports.apiServer}`,
    authority: readFileSync(pkiFile(record.name, 'ca.crt'), 'utf8'),
    user: request.user,
    client,
    ...(request.as === undefined ? {} : { as: request.as }),
  });
}

/** Write a minted kubeconfig (0600) unless the file is there. */
export async function ensureKubeconfig(
  record: InstanceRecord,
  path: string,
  request: KubeconfigRequest,
): Promise<void> {
  if (!existsSync(path)) writeFileAtomically(path, await mintKubeconfigFor(record, request));
}

async function ensureIssued(name: string, stem: string, subject: Subject): Promise<void> {
  await ensurePair(name, [`${stem}.crt`, `${stem}.key`], async () => issueCertificate(readAuthority(name), subject));
}

// The key goes first: a certificate on disk means that its key is there too.
async function ensurePair(name: string, files: [string, string], make: () => Promise<KeyPair>): Promise<void> {
  if (existsSync(pkiFile(name, files[0]))) return;
  const pair = await make();
  writeFileAtomically(pkiFile(name, files[1]), pair.key);
  writeFileAtomically(pkiFile(name, files[0]), pair.certificate);
}

function readAuthority(name: string): KeyPair {
  const read = (file: string): string => readFileSync(pkiFile(name, file), 'utf8');
  return { certificate: read('ca.crt'), key: read('ca.key') };
}
