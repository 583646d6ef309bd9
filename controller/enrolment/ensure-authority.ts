// The CA of this installation: made once, never overwritten, its key read by the controller alone.
import { randomUUID } from 'node:crypto';
import { CA_SECRET, CA_SECRET_KEYS, SYSTEM_NAMESPACE } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { SECRETS, type Secret } from '../../common/kube/resources.ts';
import { createAuthority } from '../../common/pki/authority.ts';
import { authorityNameOf, readAuthorities, readInstallation, type Authorities } from '../../common/pki/ca-secret.ts';
import { createOnce } from '../trust.ts';

const KEY = { namespace: SYSTEM_NAMESPACE, name: CA_SECRET };

/** What signs, whom everybody must trust, and what certificates name: hosts trust the installation, wherever it runs. */
export type InstalledAuthorities = Authorities & { installation: string };

/**
 * Reads the CA, or makes it when the Secret is not there. `management` (UID of kube-system) is the installation of a CA
 * that bears no id. @throws Error with a remedy when the Secret is damaged
 */
export async function ensureAuthority(kube: Kube, management: string): Promise<InstalledAuthorities> {
  const secret = (await kube.find(SECRETS, KEY)) ?? (await createSecret(kube));
  const authorities = await readAuthorities(secret);
  return { ...authorities, installation: readInstallation(secret, management) };
}

async function createSecret(kube: Kube): Promise<Secret> {
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
