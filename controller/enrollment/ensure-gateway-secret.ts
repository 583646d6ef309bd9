// Keeps the Secret from which every gateway takes its identity and the key of its task tokens.
import { randomBytes } from 'node:crypto';
import { FIELD_MANAGERS, GATEWAY_SECRET, GATEWAY_SECRET_KEYS, SYSTEM_NAMESPACE } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { retryOnConflict } from '../../common/kube/retry-on-conflict.ts';
import { SECRETS } from '../../common/kube/resources.ts';
import { issueGatewayCertificate } from '../../common/pki/issue.ts';
import { createOnce } from '../keys/trust.ts';
import { decideGatewaySecret, type GatewaySecretWish } from './decide-gateway-secret.ts';
import type { InstalledAuthorities } from './ensure-authority.ts';

const KEY = { namespace: SYSTEM_NAMESPACE, name: GATEWAY_SECRET };

/** Makes, renews and mends it; writes only what is amiss. `now` is the controller's clock. */
export function ensureGatewaySecret(
  kube: Kube,
  { authorities, now }: { authorities: InstalledAuthorities; now: Date },
): Promise<void> {
  return retryOnConflict(async () => {
    const present =
      (await kube.find(SECRETS, KEY)) ?? (await createOnce(kube, SECRETS, { metadata: KEY, type: 'Opaque' }));
    const { installation } = authorities;
    const situation = { data: present.data, authorities: authorities.certificates, installation, now };
    const data = await make(decideGatewaySecret(situation), { authorities, now });
    if (Object.keys(data).length === 0) return;
    const { resourceVersion } = present.metadata;
    await kube.patch(SECRETS, KEY, { manager: FIELD_MANAGERS.enrollment, body: { data }, resourceVersion });
  });
}

async function make(
  wish: GatewaySecretWish,
  { authorities, now }: { authorities: InstalledAuthorities; now: Date },
): Promise<Record<string, string>> {
  const data: Record<string, string> = {};
  if (wish.certificate) {
    const { current, installation } = authorities;
    const pair = await issueGatewayCertificate(current, { installation, now });
    data[GATEWAY_SECRET_KEYS.certificate] = encode(pair.certificate + current.pem);
    data[GATEWAY_SECRET_KEYS.key] = encode(pair.key);
  }
  if (wish.authorities) data[GATEWAY_SECRET_KEYS.authorities] = encode(authorities.certificates.join(''));
  if (wish.tokenKey) data[GATEWAY_SECRET_KEYS.tokenKey] = randomBytes(32).toString('base64');
  return data;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
