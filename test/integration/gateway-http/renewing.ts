// A renewal as an agent signs it, for a host that the test has made.
import { createPrivateKey } from 'node:crypto';
import type { JWK } from 'jose';
import { signRequest } from '../../../common/enrollment/messages.ts';
import type { Host } from './world.ts';

/** Signed by the key of `by`, which is the host's own unless a test means another. */
export function signRenewal({ hostID, key }: Pick<Host, 'hostID' | 'key'>, by = key): Promise<string> {
  const jwk: JWK = createPrivateKey(by).export({ format: 'jwk' });
  return signRequest('renew', { hostID, issuedAt: Math.floor(Date.now() / 1000) }, jwk);
}
