// What a host may write, and to what: the report in its own ByoHost's status, and its own Lease. The names come from the
// directory, never from the host.
import { FIELD_MANAGERS, leaseNameOf } from '../../api/names.ts';
import { ReportedHost } from '../../api/report/reported-host.ts';
import type { Kube } from '../../common/kube/client.ts';
import { isConflict } from '../../common/kube/errors.ts';
import { BYO_HOSTS, LEASES } from '../../common/kube/resources.ts';
import { printableValue } from '../../common/printable-value.ts';
import type { HostDirectory, HostRecord } from '../host-index.ts';
import { RateLimiter, Semaphore, type Limits } from '../limits.ts';
import type { Peer } from '../peer.ts';
import { refuse } from './problem.ts';

/** A lease is stale for the controller after this; hosts ask every 60 s. */
const LEASE_SECONDS = 150;

export type HostWrites = {
  /** @throws Refusal, KubeError */
  report: (peer: Peer, report: ReportedHost) => Promise<void>;
  /**
   * Takes no time from the host: its clock may be years off. Answers the digest of the report that stands, so that the
   * host notices when a restored cluster has gone back to an older one. @throws Refusal, KubeError
   */
  renewLease: (peer: Peer) => Promise<string | null>;
  /** To be asked before a body is read. @throws Refusal `RateExceeded` */
  takeRate: (what: 'report' | 'lease', peer: Peer) => void;
  underWay: () => number;
};

export type HostWritesOptions = { kube: Kube; directory: HostDirectory; limits: Limits };

/** `kube` bounds each request in time; the slots bound how many wait for an API server that is slow. */
export function createHostWrites({ kube, directory, limits }: HostWritesOptions): HostWrites {
  const semaphore = new Semaphore(limits.writesPerHost, limits.writes);
  const rates = {
    report: new RateLimiter(limits.reportPerHost, limits.rateKeys),
    lease: new RateLimiter(limits.leasePerHost, limits.rateKeys),
  };
  const write = async <T>(peer: Peer, run: (host: HostRecord) => Promise<T>): Promise<T> => {
    const host = directory.recall(peer);
    if (!host) throw refuse('HostRevoked');
    const release = semaphore.take(peer.hostID);
    if (!release) throw refuse('Overloaded');
    try {
      return await run(host);
    } finally {
      release();
    }
  };
  return {
    takeRate: (what, { hostID }) => {
      const wait = rates[what].take(hostID, performance.now());
      if (wait > 0) throw refuse('RateExceeded', wait);
    },
    report: (peer, report) => write(peer, (host) => applyReport(kube, host, report)),
    renewLease: (peer) => write(peer, (host) => applyLease(kube, host)),
    underWay: () => semaphore.count,
  };
}

async function applyReport(kube: Kube, { namespace, name, uid }: HostRecord, report: ReportedHost): Promise<void> {
  // With the UID, a host that was made anew under this name is not written to.
  const body = { metadata: { uid }, status: { reported: cleanReport(report) } };
  const change = { manager: FIELD_MANAGERS.agent, subresource: 'status', body } as const;
  try {
    await kube.apply(BYO_HOSTS, { namespace, name }, change);
  } catch (error) {
    if (isConflict(error)) throw refuse('HostRevoked');
    throw error;
  }
}

/**
 * The report with every string made printable: an administrator's terminal is not the host's to write to. Its shape is kept,
 * since printable text is never longer.
 */
export function cleanReport(report: ReportedHost): ReportedHost {
  return ReportedHost.parse(printableValue(report));
}

/** Answers the digest of the report that stands. */
async function applyLease(kube: Kube, host: HostRecord): Promise<string | null> {
  const { namespace, name, hostID, reportDigest } = host;
  // MicroTime: six digits of a second.
  const renewTime = new Date().toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: hostID, leaseDurationSeconds: LEASE_SECONDS, renewTime };
  const key = { namespace, name: leaseNameOf(name) };
  await kube.apply(LEASES, key, { manager: FIELD_MANAGERS.agent, body: { spec } });
  return reportDigest;
}
