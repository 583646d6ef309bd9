// What a watch tells of machines that wait and of hosts that are claimed, and when it told so.
import { MACHINE_CONDITIONS, WAIT_REASONS } from '../../api/conditions.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import type { Kube } from '../../common/kube/client.ts';
import { findCondition } from '../../common/kube/conditions.ts';
import { startInformer } from '../../common/kube/informer.ts';
import { BYO_HOSTS, BYO_MACHINES } from '../../common/kube/resources.ts';
import { createLogger } from '../../common/log.ts';
import { NAMESPACE } from './objects.ts';

/** A claim: by which machine, and when the watch told of it (monotonic, ms). */
type Claimed = { by: string; at: number };

export type Watched = {
  isWaiting: (machine: string) => true | undefined;
  /** The claim that the watch told of after `since`. */
  claimOf: (host: string, since: number) => Claimed | undefined;
  /** The first answer that `probe` gives; it is asked again at every event. */
  until: <Value>(probe: () => Value | undefined) => Promise<Value>;
  stop: () => void;
};

const GIVE_UP_MS = 30_000;

export async function watchClaims(kube: Kube): Promise<Watched> {
  const options = { namespace: NAMESPACE, log: createLogger('bench', 'silent') };
  const claims = new Map<string, Claimed>();
  const waiters = new Set<() => void>();
  const wake = () => waiters.forEach((look) => look());
  const machines = startInformer(kube, BYO_MACHINES, { ...options, onChange: wake });
  const onChange = ({ after }: { after?: ByoHost | undefined }) => {
    noteClaim(claims, after);
    wake();
  };
  const hosts = startInformer(kube, BYO_HOSTS, { ...options, onChange });
  await Promise.all([machines.synced, hosts.synced]);
  return {
    isWaiting: (name) => {
      const machine = machines.get({ namespace: NAMESPACE, name });
      const claimed = findCondition(machine?.status?.conditions, MACHINE_CONDITIONS.hostClaimed);
      return claimed?.reason === WAIT_REASONS.noHostFits || undefined;
    },
    claimOf: (host, since) => {
      const claim = claims.get(host);
      return claim && claim.at > since ? claim : undefined;
    },
    until: (probe) => untilSeen(waiters, probe),
    stop: () => [machines, hosts].forEach(({ stop }) => stop()),
  };
}

/** Only a claim that is new counts as one: status changes of the host come by here too. */
function noteClaim(claims: Map<string, Claimed>, host: ByoHost | undefined): void {
  if (!host) return;
  const { claim } = host.spec;
  const { name } = host.metadata;
  if (!claim) claims.delete(name);
  else if (claims.get(name)?.by !== claim.name) claims.set(name, { by: claim.name, at: performance.now() });
}

function untilSeen<Value>(waiters: Set<() => void>, probe: () => Value | undefined): Promise<Value> {
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  const timer = setTimeout(() => reject(new Error(`not seen within ${GIVE_UP_MS} ms`)), GIVE_UP_MS);
  const look = () => {
    const seen = probe();
    if (seen !== undefined) resolve(seen);
  };
  waiters.add(look);
  look();
  return promise.finally(() => {
    clearTimeout(timer);
    waiters.delete(look);
  });
}
