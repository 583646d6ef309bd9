// The Secret of the key that signs orders, as it is stored: what signs now, and what will sign next.
import type { z } from 'zod';
import { SIGNING_KEY_SECRET } from '../../api/names.ts';
import { P256PrivateJwk } from '../../api/p256.ts';
import { parsePublicJwk, type PublicJwk } from '../keys/jwk.ts';
import type { Secret } from '../kube/resources.ts';
import type { KeyPair } from '../keys/sealing.ts';
import { DamagedTrust } from './damaged-trust.ts';

/** Keys in the Secret: what signs now, and what will sign next, so that hosts trust it before it does. */
export const SIGNING_SECRET_KEYS = { current: 'current', next: 'next' } as const;

/** What signs orders now, and the public keys that hosts must trust: this one, and the next if there is one. */
export type SigningKeys = KeyPair & { trusted: PublicJwk[] };

/** @throws DamagedTrust */
export async function readSigningKeys(secret: Secret): Promise<SigningKeys> {
  const current = await readKey(secret, SIGNING_SECRET_KEYS.current);
  if (!current) throw new DamagedTrust(SIGNING_KEY_SECRET, `has no key "${SIGNING_SECRET_KEYS.current}"`);
  const next = await readKey(secret, SIGNING_SECRET_KEYS.next);
  return { ...current, trusted: next ? [current.publicJwk, next.publicJwk] : [current.publicJwk] };
}

type SigningKey = { id: string; publicJwk: PublicJwk; privateJwk: z.infer<typeof P256PrivateJwk> & { kid: string } };

async function readKey(secret: Secret, name: string): Promise<SigningKey | undefined> {
  const stored = secret.data[name];
  if (!stored) return undefined;
  const text = Buffer.from(stored, 'base64').toString('utf8');
  try {
    const publicJwk = await parsePublicJwk(text);
    const { kid } = publicJwk;
    return { id: kid, publicJwk, privateJwk: { ...P256PrivateJwk.parse(JSON.parse(text)), kid } };
  } catch {
    // What is wrong with it would be told by quoting it.
    throw new DamagedTrust(SIGNING_KEY_SECRET, `holds no private P-256 key as "${name}"`);
  }
}
