// The CA of this management cluster: made once, never overwritten, its key read by the controller alone.
import { CA_SECRET, SYSTEM_NAMESPACE } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { SECRETS, type Secret } from '../../common/kube/resources.ts';
import { createAuthority, loadAuthority, type Authority } from '../../common/pki/authority.ts';
import { createOnce } from '../trust.ts';

/** Keys in the Secret: what signs now, and (room for later) the certificate of what will sign next. */
const CURRENT = { certificate: 'current.crt', key: 'current.key' } as const;
const NEXT_CERTIFICATE = 'next.crt';

const KEY = { namespace: SYSTEM_NAMESPACE, name: CA_SECRET };

/** What signs, and the CA certificates (PEM) that every party must trust: this one, and the next if there is one. */
export type Authorities = { current: Authority; certificates: string[] };

/** Reads the CA, or makes it when the Secret is not there. @throws Error with a remedy when the Secret is damaged */
export async function ensureAuthority(kube: Kube, management: string): Promise<Authorities> {
  const secret = (await kube.find(SECRETS, KEY)) ?? (await createSecret(kube, management));
  const current = await readCurrent(secret);
  const next = read(secret, NEXT_CERTIFICATE);
  return { current, certificates: next === undefined ? [current.pem] : [current.pem, `${next.trim()}\n`] };
}

async function createSecret(kube: Kube, management: string): Promise<Secret> {
  const pair = await createAuthority(`byo ${management}`, new Date());
  const data = { [CURRENT.certificate]: encode(pair.certificate), [CURRENT.key]: encode(pair.key) };
  return createOnce(kube, SECRETS, { metadata: KEY, type: 'Opaque', data });
}

async function readCurrent(secret: Secret): Promise<Authority> {
  const [certificate, key] = [read(secret, CURRENT.certificate), read(secret, CURRENT.key)];
  const remedy = 'restore it from a backup; a new one would shut every enrolled host out';
  if (certificate === undefined || key === undefined) {
    throw new Error(`Secret ${SYSTEM_NAMESPACE}/${CA_SECRET} lacks its certificate or key; ${remedy}`);
  }
  try {
    return await loadAuthority({ certificate, key });
  } catch (cause) {
    throw new Error(`Secret ${SYSTEM_NAMESPACE}/${CA_SECRET} cannot be used as a CA; ${remedy}`, { cause });
  }
}

function read(secret: Secret, key: string): string | undefined {
  const stored = secret.data[key];
  return stored === undefined ? undefined : Buffer.from(stored, 'base64').toString('utf8');
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
