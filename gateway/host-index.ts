// Which hosts there are and which keys are pinned to them: the one ground on which a connection is admitted or cut.
import { z } from 'zod';
import { ByoHostSpec, HostKey } from '../api/byo-host.ts';
import { ObjectMeta } from '../api/meta.ts';
import { ReportedHost } from '../api/report/reported-host.ts';
import type { Kube } from '../common/kube/client.ts';
import { startInformer } from '../common/kube/informer.ts';
import { BYO_HOSTS } from '../common/kube/resources.ts';
import type { Logger } from '../common/log.ts';
import type { Peer } from './peer.ts';

/** A ByoHost as far as the gateway needs it; `uid` keeps a write from another object of the same name. */
export type HostRecord = {
  hostID: string;
  namespace: string;
  name: string;
  uid: string;
  tlsKeys: ReadonlySet<string>;
  /** Of the report that stands in its status; null when none does. */
  reportDigest: string | null;
};

/** Where a host is looked up. `isReady` is false until every ByoHost has been listed once. */
export type HostDirectory = {
  isReady(): boolean;
  /** The one ByoHost with this host id to which this key is pinned; none when two claim it, since it cannot be told which. */
  find(hostID: string, keyID: string): HostRecord | undefined;
  /** The ByoHost of an admitted peer, if it is still the same one with the same key. */
  recall(peer: Peer): HostRecord | undefined;
};

/** Hosts by their id; ids and thumbprints are compared byte by byte, names never decide. */
export class HostIndex {
  readonly #byID = new Map<string, Map<string, HostRecord>>();

  set(record: HostRecord): void {
    const same = this.#byID.get(record.hostID) ?? new Map<string, HostRecord>();
    this.#byID.set(record.hostID, same.set(record.uid, record));
  }

  delete({ hostID, uid }: { hostID: string; uid: string }): void {
    const same = this.#byID.get(hostID);
    same?.delete(uid);
    if (same?.size === 0) this.#byID.delete(hostID);
  }

  find(hostID: string, keyID: string): HostRecord | undefined {
    const pinned = [...(this.#byID.get(hostID)?.values() ?? [])].filter(({ tlsKeys }) => tlsKeys.has(keyID));
    return pinned.length === 1 ? pinned[0] : undefined;
  }

  recall({ hostID, keyID, namespace, name }: Peer): HostRecord | undefined {
    const record = this.find(hostID, keyID);
    return record?.namespace === namespace && record.name === name ? record : undefined;
  }
}

/**
 * A ByoHost as far as it is read here: a fleet of them is held, and listed again each round. What else it says, and whether
 * that can be understood, neither lets a host in nor keeps one out.
 */
const KnownHost = z.object({
  metadata: ObjectMeta.pick({ namespace: true, name: true, uid: true, resourceVersion: true }),
  spec: ByoHostSpec.pick({ hostID: true }).extend({
    keys: z.array(HostKey.pick({ id: true, use: true })).optional(),
  }),
  status: z
    .object({
      reported: z
        .object({ digest: ReportedHost.shape.digest.catch(undefined) })
        .optional()
        .catch(undefined),
    })
    .optional(),
});
type KnownHost = z.infer<typeof KnownHost>;

/** The record of a ByoHost. */
export function recordOf({ metadata, spec, status }: KnownHost): HostRecord {
  const tlsKeys = new Set((spec.keys ?? []).filter(({ use }) => use === 'tls').map(({ id }) => id));
  const { name, namespace, uid } = metadata;
  return { hostID: spec.hostID, namespace, name, uid, tlsKeys, reportDigest: status?.reported?.digest ?? null };
}

/** A watch that fell silent must not hide a revocation for longer than a minute, so rounds are short. */
const ROUND_MS = 40_000;

/**
 * Follows all ByoHosts. `onChange` gets the id of each host of which anything changed, after `find` knows of it. While the
 * API server is away the last known state stands: nobody can revoke there either, and hosts at work must not stop.
 */
export function startDirectory(
  kube: Kube,
  { log, onChange }: { log: Logger; onChange: (hostID: string) => void },
): HostDirectory & { synced: Promise<void>; lastContact: () => number; stop: () => void } {
  const index = new HostIndex();
  let ready = false;
  const informer = startInformer(
    kube,
    { ...BYO_HOSTS, schema: KnownHost },
    {
      log,
      roundMs: ROUND_MS,
      onChange: ({ before, after }) => {
        if (before) index.delete(recordOf(before));
        if (after) index.set(recordOf(after));
        for (const host of new Set([before?.spec.hostID, after?.spec.hostID])) if (host) onChange(host);
      },
    },
  );
  const synced = informer.synced.then(() => void (ready = true));
  return {
    isReady: () => ready,
    find: (hostID, keyID) => index.find(hostID, keyID),
    recall: (peer) => index.recall(peer),
    synced,
    lastContact: informer.lastContact,
    stop: informer.stop,
  };
}
