// When a host that owes a clean-up is given one: nobody holds it, and it is there.
import type { HostCleanup } from '../../api/activities.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Notification } from '../temporal/notifier.ts';

export type CleanupSituation = {
  host: ByoHost;
  /** As the reconciler has just said it. */
  connected: boolean;
  /** The Machine of the claim that was forced away is gone as well. */
  ownerGone: boolean;
};

/** What is owed, as the workflow is told it; undefined when nothing is, or while somebody holds the host. */
export function cleanupOf({ metadata, spec }: ByoHost, management: string): HostCleanup | undefined {
  const { cleanupOwed: owed, claim, hostID } = spec;
  if (!owed || claim) return undefined;
  const { namespace, name, incarnation, generation } = owed;
  const machine = { management, namespace, name, incarnation };
  return { machine, claim: { hostName: metadata.name, hostID, generation } };
}

/** Pure: what the clean-up acts on; undefined while the host is away, so that its return is news whatever else is. */
export function decideCleanupNotification({ host, connected, ownerGone }: CleanupSituation): Notification | undefined {
  if (!connected) return undefined;
  const { cleanupOwed, keys, accepted } = host.spec;
  const { openClaim, generation, quarantine, findings = [] } = host.status?.reported ?? {};
  const codes = findings.map(({ code }) => code);
  const seen = [
    cleanupOwed,
    keys,
    openClaim,
    generation,
    quarantine?.reason,
    codes,
    ownerGone,
    accepted?.map(({ id }) => id),
    host.metadata.annotations[ANNOTATIONS.lookAgain],
  ];
  return { fingerprint: JSON.stringify(seen), mayRest: false, again: true };
}
