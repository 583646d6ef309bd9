// The key that signs orders, and the public half that hosts trust: made once, never overwritten.
import { z } from 'zod';
import { FIELD_MANAGERS, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE, TRUST_CONFIG_MAP } from '../api/names.ts';
import { parsePublicJwk, type PublicJwk } from '../common/jwk.ts';
import type { Kube } from '../common/kube/client.ts';
import { isAlreadyExists, isNotFound } from '../common/kube/errors.ts';
import { retryOnConflict } from '../common/kube/retry-on-conflict.ts';
import { CONFIG_MAPS, SECRETS, type ConfigMap, type Secret } from '../common/kube/resources.ts';
import { createKeyPair, type KeyPair } from '../common/sealing.ts';

/** Keys in the Secret: what signs now, and what will sign next, so that hosts trust it before it does. */
const CURRENT = 'current';
const NEXT = 'next';
/** Key in the ConfigMap: a JWK set (RFC 7517) of the public keys. */
export const TRUST_KEY = 'jwks.json';

const PrivateJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

const SECRET_KEY = { namespace: SYSTEM_NAMESPACE, name: SIGNING_KEY_SECRET };
const TRUST = { namespace: SYSTEM_NAMESPACE, name: TRUST_CONFIG_MAP };

/** The signing key of this management cluster; makes the Secret and publishes the ConfigMap when they are not there. */
export async function ensureSigningKey(kube: Kube): Promise<KeyPair> {
  const secret = (await kube.find(SECRETS, SECRET_KEY)) ?? (await createSecret(kube));
  const current = await readKey(secret, CURRENT);
  if (!current) throw new Error(`Secret ${SYSTEM_NAMESPACE}/${SIGNING_KEY_SECRET} has no key "${CURRENT}"; restore it`);
  const next = await readKey(secret, NEXT);
  await publish(kube, next ? [current.publicJwk, next.publicJwk] : [current.publicJwk]);
  return current;
}

async function createSecret(kube: Kube): Promise<Secret> {
  const pair = await createKeyPair('signing');
  const body = {
    metadata: SECRET_KEY,
    type: 'Opaque',
    data: { [CURRENT]: Buffer.from(JSON.stringify(pair.privateJwk)).toString('base64') },
  };
  try {
    return await kube.create(SECRETS, body, SYSTEM_NAMESPACE);
  } catch (error) {
    // Another controller was first: its key is the key.
    if (isAlreadyExists(error)) return kube.get(SECRETS, SECRET_KEY);
    if (isNotFound(error)) {
      throw new Error(`namespace ${SYSTEM_NAMESPACE} is not there; apply deploy/rbac.yaml`, { cause: error });
    }
    throw error;
  }
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

function publish(kube: Kube, keys: PublicJwk[]): Promise<void> {
  const data = { [TRUST_KEY]: JSON.stringify({ keys }) };
  return retryOnConflict(async () => {
    const present = (await kube.find(CONFIG_MAPS, TRUST)) ?? (await createTrust(kube, data));
    if (present.data[TRUST_KEY] === data[TRUST_KEY]) return;
    const { resourceVersion } = present.metadata;
    await kube.patch(CONFIG_MAPS, TRUST, { manager: FIELD_MANAGERS.hostReconciler, body: { data }, resourceVersion });
  });
}

async function createTrust(kube: Kube, data: Record<string, string>): Promise<ConfigMap> {
  try {
    return await kube.create(CONFIG_MAPS, { metadata: TRUST, data }, SYSTEM_NAMESPACE);
  } catch (error) {
    if (isAlreadyExists(error)) return kube.get(CONFIG_MAPS, TRUST);
    throw error;
  }
}
