// The key that signs orders, and the public half that hosts trust: made once, never overwritten.
import { CA_SECRET, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE, TRUST_KEYS } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { SECRETS, type Secret } from '../../common/kube/resources.ts';
import { readSigningKeys, SIGNING_SECRET_KEYS, type SigningKeys } from '../../common/pki/signing-secret.ts';
import { createKeyPair } from '../../common/keys/sealing.ts';
import { requireNobodyTrusts } from './new-trust.ts';
import { createOnce, publishTrust } from './trust.ts';

const SECRET_KEY = { namespace: SYSTEM_NAMESPACE, name: SIGNING_KEY_SECRET };
const CA_KEY = { namespace: SYSTEM_NAMESPACE, name: CA_SECRET };

/** `newInstallation`: new keys are made also where hosts trust others, which are given up. */
export type NewTrustOptions = { newInstallation?: boolean | undefined };

/**
 * The signing key of this installation; makes the Secret and publishes the ConfigMap when they are not there. A new one
 * is told to hosts at their next renewal if the CA is there; without it nobody could tell them. @throws TrustLost
 */
export async function ensureSigningKey(kube: Kube, options: NewTrustOptions = {}): Promise<SigningKeys> {
  const secret = (await kube.find(SECRETS, SECRET_KEY)) ?? (await createSecret(kube, options));
  const keys = await readSigningKeys(secret);
  await publishTrust(kube, { [TRUST_KEYS.signers]: JSON.stringify({ keys: keys.trusted }) });
  return keys;
}

async function createSecret(kube: Kube, { newInstallation = false }: NewTrustOptions): Promise<Secret> {
  const isToldByCa = newInstallation || (await kube.find(SECRETS, CA_KEY)) !== undefined;
  if (!isToldByCa) await requireNobodyTrusts(kube, `Secret ${SYSTEM_NAMESPACE}/${SIGNING_KEY_SECRET}`);
  const pair = await createKeyPair('signing');
  const key = Buffer.from(JSON.stringify(pair.privateJwk)).toString('base64');
  const data = { [SIGNING_SECRET_KEYS.current]: key };
  return createOnce(kube, SECRETS, { metadata: SECRET_KEY, type: 'Opaque', data });
}
