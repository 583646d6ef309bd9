// Whether a host is there, by its Lease: the condition Connected.
import type { ByoHost } from '../../api/byo-host.ts';
import { HOST_CONDITIONS, PROGRESS_REASONS, type ConditionUpdate } from '../../api/conditions.ts';
import { findCondition } from '../../common/kube/conditions.ts';
import type { Liveness } from './liveness.ts';

const LINK: Record<Exclude<Liveness, 'unsure'>, Omit<ConditionUpdate, 'type'>> = {
  fresh: { status: 'True', reason: PROGRESS_REASONS.leaseFresh, message: '' },
  stale: {
    status: 'False',
    reason: PROGRESS_REASONS.leaseStale,
    message: 'the agent has not renewed its Lease for 150 s; see the host, its link and byo-agent.service',
  },
  cutOff: {
    status: 'Unknown',
    reason: PROGRESS_REASONS.leaseStale,
    message: 'no host at all renews its Lease: rather the way to the hosts is cut than every one of them is down',
  },
  never: {
    status: 'False',
    reason: PROGRESS_REASONS.neverSeen,
    message: 'the agent was never heard; install it on the host, or see byo-agent.service there',
  },
};

/** Reasons that say nothing of the link as it was. */
const UNTOLD = new Set<string>([PROGRESS_REASONS.neverSeen, PROGRESS_REASONS.trustLost]);

type Linked = { host: ByoHost; liveness: Liveness; trustLost?: string | undefined };

/** Pure. `trustLost`: what hosts trust is gone: why, and the way back. */
export function decideConnected({ host, liveness, trustLost }: Linked): ConditionUpdate {
  const link = decideLink(host, liveness);
  // The link holds until the certificate ends, within a day: here is where one looks then.
  return trustLost === undefined ? link : { ...link, reason: PROGRESS_REASONS.trustLost, message: trustLost };
}

function decideLink(host: ByoHost, liveness: Liveness): ConditionUpdate {
  const type = HOST_CONDITIONS.connected;
  if (liveness !== 'unsure') return { type, ...LINK[liveness] };
  const before = findCondition(host.status?.conditions, type);
  // A Lease that we have only just begun to watch: what was said stays, and a new host is believed.
  const known = before && !UNTOLD.has(before.reason);
  return known
    ? { type, status: before.status, reason: before.reason, message: before.message }
    : { type, ...LINK.fresh };
}
