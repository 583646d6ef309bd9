// The sealing key of a host is rolled at its renewals, so that whoever takes a disk one day cannot open the orders of before.
import type { ByoHost } from '../../api/byo-host.ts';
import type { SealingRoll } from '../../api/gateway.ts';
import { FIELD_MANAGERS } from '../../api/names.ts';
import { parsePublicJwk, type PublicJwk } from '../../common/keys/jwk.ts';
import type { Kube } from '../../common/kube/client.ts';
import { isConflict } from '../../common/kube/errors.ts';
import { BYO_HOSTS } from '../../common/kube/resources.ts';

type Keys = NonNullable<ByoHost['spec']['keys']>;

/**
 * Pure: the keys to pin, undefined when they stay: the new one is pinned already, or another than it replaces is, as for a
 * request of long ago.
 */
export function decideRoll({ spec }: ByoHost, next: PublicJwk, replaces: string): Keys | undefined {
  const keys = spec.keys ?? [];
  const isKnown = keys.some(({ id }) => id === next.kid);
  const present = keys.find(({ use }) => use === 'sealing');
  if (isKnown || present?.id !== replaces) return undefined;
  const pinned = { id: next.kid, use: 'sealing', jwk: JSON.stringify(next) } as const;
  return keys.map((key) => (key === present ? pinned : key));
}

/** Pins the new key if it may be, by compare-and-swap; answers the host as it is then. @throws trouble with the API server */
export async function rollSealingKey(kube: Kube, host: ByoHost, roll: SealingRoll | undefined): Promise<ByoHost> {
  const keys = roll && decideRoll(host, await parsePublicJwk(JSON.stringify(roll.key)), roll.replaces);
  if (!keys) return host;
  const { namespace, name, resourceVersion } = host.metadata;
  const change = { manager: FIELD_MANAGERS.enrollment, body: { spec: { keys } }, resourceVersion };
  try {
    return await kube.patch(BYO_HOSTS, { namespace, name }, change);
  } catch (error) {
    // Somebody wrote meanwhile, perhaps to revoke: the certificate is not held up, and the next renewal asks again.
    if (isConflict(error)) return host;
    throw error;
  }
}
