// The key that signs orders, and the public half that hosts trust: made once, never overwritten.
import { z } from 'zod';
import { SIGNING_KEY_SECRET, SYSTEM_NAMESPACE, TRUST_KEYS } from '../api/names.ts';
import { parsePublicJwk, type PublicJwk } from '../common/jwk.ts';
import type { Kube } from '../common/kube/client.ts';
import { SECRETS, type Secret } from '../common/kube/resources.ts';
import { createKeyPair, type KeyPair } from '../common/sealing.ts';
import { createOnce, publishTrust } from './trust.ts';

/** Keys in the Secret: what signs now, and what will sign next, so that hosts trust it before it does. */
const CURRENT = 'current';
const NEXT = 'next';

const PrivateJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

const SECRET_KEY = { namespace: SYSTEM_NAMESPACE, name: SIGNING_KEY_SECRET };

/** What signs orders now, and the public keys that hosts must trust: this one, and the next if there is one. */
export type SigningKeys = KeyPair & { trusted: PublicJwk[] };

/** The signing key of this management cluster; makes the Secret and publishes the ConfigMap when they are not there. */
export async function ensureSigningKey(kube: Kube): Promise<SigningKeys> {
  const secret = (await kube.find(SECRETS, SECRET_KEY)) ?? (await createSecret(kube));
  const current = await readKey(secret, CURRENT);
  if (!current) throw new Error(`Secret ${SYSTEM_NAMESPACE}/${SIGNING_KEY_SECRET} has no key "${CURRENT}"; restore it`);
  const next = await readKey(secret, NEXT);
  const trusted = next ? [current.publicJwk, next.publicJwk] : [current.publicJwk];
  await publishTrust(kube, { [TRUST_KEYS.signers]: JSON.stringify({ keys: trusted }) });
  return { ...current, trusted };
}

async function createSecret(kube: Kube): Promise<Secret> {
  const pair = await createKeyPair('signing');
  const key = Buffer.from(JSON.stringify(pair.privateJwk)).toString('base64');
  return createOnce(kube, SECRETS, { metadata: SECRET_KEY, type: 'Opaque', data: { [CURRENT]: key } });
}

type SigningKey = { id: string; publicJwk: PublicJwk; privateJwk: z.infer<typeof PrivateJwk> & { kid: string } };

async function readKey(secret: Secret, name: string): Promise<SigningKey | undefined> {
  const stored = secret.data[name];
  if (!stored) return undefined;
  const text = Buffer.from(stored, 'base64').toString('utf8');
  const publicJwk = await parsePublicJwk(text);
  const { kid } = publicJwk;
  return { id: kid, publicJwk, privateJwk: { ...PrivateJwk.parse(JSON.parse(text)), kid } };
}
