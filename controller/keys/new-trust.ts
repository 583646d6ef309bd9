// Whether keys that hosts trust may be made: only where nobody trusts others yet. Lost keys come back by a restore; new ones
// in their place would shut every enrolled host out for good.
import { SYSTEM_NAMESPACE, TRUST_CONFIG_MAP, TRUST_KEYS } from '../../api/names.ts';
import { isRevoked } from '../../common/claim/host-rules.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, CONFIG_MAPS } from '../../common/kube/resources.ts';

/** The keys are gone, and hosts trust them; the message names the way back. */
export class TrustLost extends Error {
  constructor(what: string, why: string) {
    const back =
      'Restore the Secret from a backup, or use `byo trust import`; hosts then go on by themselves. To give them up and ' +
      'enroll every host anew, start the controller with --new-installation';
    super(`${what} is gone, and ${why}: no other is made. ${back}`);
    this.name = 'TrustLost';
  }
}

export type TrustSituation = {
  /** ByoHosts whose TLS key is pinned: they were enrolled with a CA, and trust no other. */
  pinnedHosts: number;
  /** `ca.pin` as it was published, if it ever was: hosts may hold it that have no ByoHost here. */
  pin: string | undefined;
};

/** Pure: who would be shut out by new keys, or undefined. */
export function decideNewTrust({ pinnedHosts, pin }: TrustSituation): string | undefined {
  if (pinnedHosts > 0) return `${pinnedHosts} enrolled ${pinnedHosts === 1 ? 'host trusts' : 'hosts trust'} it`;
  return pin === undefined ? undefined : `its pin ${pin} has been published, so that hosts may trust it`;
}

/** `what` is the Secret that is not there. @throws TrustLost */
export async function requireNobodyTrusts(kube: Kube, what: string): Promise<void> {
  const { items } = await kube.list(BYO_HOSTS);
  const pinnedHosts = items.filter((host) => !isRevoked(host)).length;
  // Hosts say enough: where the namespace is gone, so is our right to read what it held.
  const why = decideNewTrust({ pinnedHosts, pin: pinnedHosts > 0 ? undefined : await readPin(kube) });
  if (why !== undefined) throw new TrustLost(what, why);
}

async function readPin(kube: Kube): Promise<string | undefined> {
  const published = await kube.find(CONFIG_MAPS, { namespace: SYSTEM_NAMESPACE, name: TRUST_CONFIG_MAP });
  return published?.data[TRUST_KEYS.pin];
}
