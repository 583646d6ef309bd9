// The Secret of the CA as it is stored: what signs, what will sign next, and the id of the installation beside them.
import { X509Certificate } from 'node:crypto';
import { CA_SECRET, CA_SECRET_KEYS } from '../../api/names.ts';
import type { Secret } from '../kube/resources.ts';
import { loadAuthority, type Authority } from './authority.ts';
import { DamagedTrust } from './damaged-trust.ts';

/** What signs, and the CA certificates (PEM) that every party must trust: this one, and the next if there is one. */
export type Authorities = { current: Authority; certificates: string[] };

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const INSTALLATION = new RegExp(`^${UUID}$`);
const COMMON_NAME = new RegExp(`^CN=byo (${UUID})$`);

/** Common name of the CA certificate: it names the installation as well, so that the id cannot be lost while the CA is there. */
export function authorityNameOf(installation: string): string {
  return `byo ${installation}`;
}

/** @throws DamagedTrust */
export async function readAuthorities(secret: Secret): Promise<Authorities> {
  const [certificate, key] = [read(secret, CA_SECRET_KEYS.certificate), read(secret, CA_SECRET_KEYS.key)];
  if (certificate === undefined || key === undefined) throw new DamagedTrust(CA_SECRET, 'lacks its certificate or key');
  const next = read(secret, CA_SECRET_KEYS.nextCertificate);
  try {
    const current = await loadAuthority({ certificate, key });
    return { current, certificates: next === undefined ? [current.pem] : [current.pem, `${next.trim()}\n`] };
  } catch (cause) {
    throw new DamagedTrust(CA_SECRET, 'cannot be used as a CA', cause);
  }
}

/**
 * The id of the installation: a random one made with the CA. A CA from before there was such an id was named after the
 * management cluster that made it, and so are the certificates of its hosts: that name stays their installation, wherever
 * the Secret is taken. `management` (UID of kube-system) stands in for a CA of another name. @throws DamagedTrust
 */
export function readInstallation(secret: Secret, management: string): string {
  const stored = read(secret, CA_SECRET_KEYS.installation)?.trim();
  if (stored !== undefined) {
    if (INSTALLATION.test(stored)) return stored;
    throw new DamagedTrust(CA_SECRET, `holds no UUID as ${CA_SECRET_KEYS.installation}`);
  }
  const { subject } = new X509Certificate(read(secret, CA_SECRET_KEYS.certificate) ?? '');
  return COMMON_NAME.exec(subject)?.[1] ?? management;
}

function read(secret: Secret, key: string): string | undefined {
  const stored = secret.data[key];
  return stored === undefined ? undefined : Buffer.from(stored, 'base64').toString('utf8');
}
