// Pins the sealing key that a host reports first. Trust on first use: enrolment, which proves the key, takes its place.
import type { ByoHost } from '../api/byo-host.ts';
import { sealingKeyOf } from '../common/host-rules.ts';
import { parsePublicJwk } from '../common/jwk.ts';

type Keys = NonNullable<ByoHost['spec']['keys']>;

/**
 * The keys to pin, or undefined when one is pinned already, none is reported, or what is reported is no public key (the
 * host then stays unavailable and says so). A pinned key is never replaced here: whoever writes a status would be it.
 */
export async function pinReportedKey(host: ByoHost): Promise<Keys | undefined> {
  const text = host.status?.reported?.sealingKey;
  if (!text || sealingKeyOf(host)) return undefined;
  try {
    const { kid, ...jwk } = await parsePublicJwk(text);
    const key = { id: kid, use: 'sealing' as const, jwk: JSON.stringify({ ...jwk, kid }) };
    return [...(host.spec.keys ?? []), key];
  } catch {
    // Not a key: the condition Available goes on saying that none is pinned.
    return undefined;
  }
}
