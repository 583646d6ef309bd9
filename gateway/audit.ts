// The audit trail: one JSON line per privileged act, marked `audit: true`, so that a log collector can keep it apart.
import type { Logger } from '../common/log.ts';
import { LinesLeftOut } from './bounded-log.ts';
import { addressKeysOf } from './connections/address.ts';
import { RateLimiter } from './limits.ts';
import type { Audit } from './peer.ts';

/** Acts of the front and of the HTTP API; the Temporal proxy names its own. */
export const AUDIT_ACTIONS = {
  connect: 'Connect',
  enroll: 'Enrol',
  renew: 'Renew',
  request: 'Request',
  cut: 'CutConnection',
};

/**
 * Lines about one act of one host or address, and about all: a flood must not fill the disk, and not hide what else the
 * same host did. What a host does with tasks is far rarer than this.
 */
const PER_ACT = { perSecond: 1, burst: 20 };
const IN_ALL = { denied: { perSecond: 50, burst: 50 }, allowed: { perSecond: 200, burst: 2000 } };

/** Writes a bounded part of what happens, and the number of what was left out. */
export function createAudit(log: Logger, now: () => number = () => performance.now()): Audit {
  const lines = log.child({ audit: true });
  const perAct = new RateLimiter(PER_ACT);
  const inAll = { denied: new RateLimiter(IN_ALL.denied), allowed: new RateLimiter(IN_ALL.allowed) };
  const leftOut = new LinesLeftOut((count) => lines.warn({ leftOut: count }, 'lines left out of the audit trail'));
  return (record) => {
    const { act, outcome, peer, address } = record;
    leftOut.tell(now());
    const isTaken =
      perAct.take(`${act} ${outcome} ${peer?.hostID ?? addressKeysOf(address ?? '').address}`, now()) === 0;
    if (isTaken && inAll[outcome].take('', now()) === 0) lines.info(record, `${act} ${outcome}`);
    else leftOut.count(now());
  };
}
