// The audit trail: one JSON line per privileged act, marked `audit: true`, so that a log collector can keep it apart.
import type { Logger } from '../common/log.ts';
import type { Audit } from './peer.ts';

/** Acts of the front and of the HTTP API; the Temporal door names its own. */
export const ACTS = { connect: 'Connect', enrol: 'Enrol', renew: 'Renew', request: 'Request', cut: 'CutConnection' };

/** Lines at most per second about what was refused: a flood of strangers must not fill the disk. */
const DENIED_PER_SECOND = 50;

/** What is allowed is always written; of what is denied a bounded part, with the number left out. */
export function createAudit(log: Logger, now: () => number = () => performance.now()): Audit {
  const lines = log.child({ audit: true });
  let window = { since: -Infinity, denied: 0, leftOut: 0 };
  return (record) => {
    if (record.outcome === 'denied') {
      if (now() - window.since >= 1000) {
        if (window.leftOut > 0) lines.warn({ leftOut: window.leftOut }, 'refusals left out of the audit trail');
        window = { since: now(), denied: 0, leftOut: 0 };
      }
      window.denied += 1;
      if (window.denied > DENIED_PER_SECOND) {
        window.leftOut += 1;
        return;
      }
    }
    lines.info(record, `${record.act} ${record.outcome}`);
  };
}
