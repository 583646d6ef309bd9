// The CA of this installation: made once, never overwritten, its key read by the controller alone.
import { randomUUID } from 'node:crypto';
import { CA_SECRET, CA_SECRET_KEYS, SYSTEM_NAMESPACE } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { SECRETS, type Secret } from '../../common/kube/resources.ts';
import { createAuthority } from '../../common/pki/authority.ts';
import { authorityNameOf, readAuthorities, readInstallation, type Authorities } from '../../common/pki/ca-secret.ts';
import { requireNobodyTrusts } from '../keys/new-trust.ts';
import type { NewTrustOptions } from '../keys/signing-key.ts';
import { createOnce } from '../keys/trust.ts';

const KEY = { namespace: SYSTEM_NAMESPACE, name: CA_SECRET };
const WHAT = `Secret ${SYSTEM_NAMESPACE}/${CA_SECRET}`;

/** What signs, whom everybody must trust, and what certificates name: hosts trust the installation, wherever it runs. */
export type InstalledAuthorities = Authorities & { installation: string };

/**
 * Reads the CA, or makes it where nobody trusts one yet. `management` (UID of kube-system) is the installation of a CA that
 * bears no id. @throws TrustLost when it is gone; DamagedTrust
 */
export async function ensureAuthority(
  kube: Kube,
  management: string,
  options: NewTrustOptions = {},
): Promise<InstalledAuthorities> {
  const secret = (await kube.find(SECRETS, KEY)) ?? (await createSecret(kube, options));
  const authorities = await readAuthorities(secret);
  return { ...authorities, installation: readInstallation(secret, management) };
}

/** What this process holds stays good; but whoever starts next finds nothing. @throws TrustLost when the Secret is gone */
export async function requireStored(kube: Kube, { current }: Authorities): Promise<void> {
  const secret = await kube.find(SECRETS, KEY);
  if (!secret) return requireNobodyTrusts(kube, WHAT);
  if ((await readAuthorities(secret)).current.pem === current.pem) return;
  throw new Error(`${WHAT} holds another CA than this controller works with: restart the controller`);
}

async function createSecret(kube: Kube, { newInstallation = false }: NewTrustOptions): Promise<Secret> {
  if (!newInstallation) await requireNobodyTrusts(kube, WHAT);
  const installation = randomUUID();
  const pair = await createAuthority(authorityNameOf(installation), new Date());
  const data = {
    [CA_SECRET_KEYS.certificate]: encode(pair.certificate),
    [CA_SECRET_KEYS.key]: encode(pair.key),
    [CA_SECRET_KEYS.installation]: encode(installation),
  };
  return createOnce(kube, SECRETS, { metadata: KEY, type: 'Opaque', data });
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
