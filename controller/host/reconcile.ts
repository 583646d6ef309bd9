// ByoHost: observe, decide, act.
import type { ByoHost, Claim } from '../../api/byo-host.ts';
import { HOST_CONDITIONS } from '../../api/conditions.ts';
import { FIELD_MANAGERS, leaseNameOf } from '../../api/names.ts';
import { labelsFor } from '../../common/claim/claim-label.ts';
import { doubtfulClaimOf, listDuplicates } from '../../common/claim/claim-conflict.ts';
import { incarnationOf, isLeavingByMove, isOwnerGone, isPaused, ownerNameOf } from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { idOf } from '../../common/kube/envelopes.ts';
import { BYO_HOSTS, BYO_MACHINES, type ObjectKey } from '../../common/kube/resources.ts';
import { applyIfSame, applyStatus, decideChange, type StatusWish, type StatusWriter } from '../runtime/apply-status.ts';
import { isKnown, lastHeard, type Caches } from '../runtime/caches.ts';
import type { Claimant } from './decide-adoption.ts';
import { cleanupOf, decideCleanupNotification } from './decide-cleanup.ts';
import { decideHost, HOST_FIELDS, type HostDecision, type ObservedHost } from './decide.ts';
import type { Liveness } from './liveness.ts';
import { soonest, type Result } from '../runtime/queue.ts';
import { Renewals } from './claim-renewals.ts';
import type { Notifier, WorkflowSignaler } from '../temporal/notifier.ts';

const WRITER: StatusWriter = {
  manager: FIELD_MANAGERS.hostReconciler,
  fields: HOST_FIELDS,
  conditions: Object.values(HOST_CONDITIONS),
};

export type HostReconcilerDependencies = {
  kube: Kube;
  caches: Caches;
  /** What is known now of a host's Lease. */
  judge: (lease: ObjectKey) => Liveness;
  signaler: Pick<WorkflowSignaler, 'signalCleanup'>;
  notifier: Notifier;
  management: string;
  /** What hosts trust is gone: why, and the way back. */
  trustLost: () => string | undefined;
};

/** Reconciles one ByoHost; `caches` must be synced. */
export function createHostReconciler(deps: HostReconcilerDependencies): (key: ObjectKey) => Promise<Result> {
  const renewals = new Renewals();
  return async (key) => {
    const known = lastHeard(deps.caches.byoHosts, key);
    const id = idOf(key);
    if (!known || !(await reportKnown(deps, known, renewals.wasRecent(id)))) return reconcile(deps, renewals, key);
    deps.notifier.forget(id);
    return renewals.next(id);
  };
}

/**
 * Most of what is announced asks for nothing, or for a status: that needs no other reading, since the write is refused when the
 * host has changed. False: it is to be read afresh. Whoever owes a clean-up has its workflow notified.
 */
async function reportKnown(
  deps: HostReconcilerDependencies,
  host: ByoHost,
  renewedRecently: boolean,
): Promise<boolean> {
  if (host.spec.cleanupOwed) return false;
  const decision = decideHost(await observe(deps, host, renewedRecently));
  if (decision.kind !== 'Report') return false;
  const change = decideChange(host, WRITER, decision.status, new Date());
  return !change || applyIfSame({ kube: deps.kube, resource: BYO_HOSTS, object: host }, WRITER, change);
}

async function reconcile(deps: HostReconcilerDependencies, renewals: Renewals, key: ObjectKey): Promise<Result> {
  const { kube, notifier } = deps;
  const id = idOf(key);
  const host = await kube.find(BYO_HOSTS, key);
  const decision = host && decideHost(await observe(deps, host, renewals.wasRecent(id)));
  if (host && decision?.kind === 'Report') {
    await applyStatus({ kube, resource: BYO_HOSTS, object: host }, WRITER, decision.status);
    return soonest(await notifyCleanup(deps, notifier, host, decision.status), renewals.next(id));
  }
  // Gone, paused or changed first: the next time that it is told of is news again.
  notifier.forget(id);
  if (host && decision) await patchHost(kube, host, decision);
  if (host && isRenewal(host, decision)) renewals.note(id);
  return {};
}

/** A claim in the place of another, not one that is written down where there was none. */
function isRenewal(host: ByoHost, decision: HostDecision | undefined): boolean {
  return decision?.kind === 'Claim' && host.spec.claim !== undefined;
}

/** Whatever the host owes is cleaned up by a workflow of its own, which is started again wherever it has got to. */
async function notifyCleanup(
  deps: HostReconcilerDependencies,
  notifier: Notifier,
  host: ByoHost,
  { conditions }: StatusWish,
): Promise<Result> {
  const { cleanupOwed } = host.spec;
  const cleanup = cleanupOf(host, deps.management);
  const connected = conditions.some(({ type, status }) => type === HOST_CONDITIONS.connected && status === 'True');
  const ownerGone = cleanupOwed !== undefined && (await isClaimantGone(deps, cleanupOwed));
  const news = cleanup && decideCleanupNotification({ host, connected, ownerGone });
  const id = idOf(host.metadata);
  if (news) return notifier.notify(id, news, () => deps.signaler.signalCleanup(cleanup));
  notifier.forget(id);
  return {};
}

async function observe(
  deps: HostReconcilerDependencies,
  host: ByoHost,
  renewedRecently: boolean,
): Promise<ObservedHost> {
  const { namespace, name } = host.metadata;
  return {
    host,
    liveness: deps.judge({ namespace, name: leaseNameOf(name) }),
    orphaned: await isOrphaned(deps, host),
    claimEnded: await isClaimEnded(deps, host),
    claimant: await findClaimant(deps, host),
    trustLost: deps.trustLost(),
    renewedRecently,
  };
}

/** Asked for only where claim and host, or two claims, contradict each other. Read afresh, since a claim is decided by it. */
async function findClaimant(
  { kube, caches }: HostReconcilerDependencies,
  host: ByoHost,
): Promise<Claimant | undefined> {
  const { namespace } = host.metadata;
  const wanted = doubtfulClaimOf(host, listDuplicates(caches.byoHosts.list(namespace)));
  const known = wanted && caches.byoMachines.list(namespace).find((one) => incarnationOf(one) === wanted.incarnation);
  const machine = known && (await kube.find(BYO_MACHINES, { namespace, name: known.metadata.name }));
  if (!machine || incarnationOf(machine) !== wanted?.incarnation) return undefined;
  const owner = caches.machines
    .list(namespace)
    .find(({ metadata }) => metadata.name === ownerNameOf(machine, 'Machine'));
  const cluster = owner && caches.clusters.get({ namespace, name: owner.spec.clusterName });
  const held = isPaused(machine, cluster) || isLeavingByMove(machine);
  const { items: hosts, invalid } = await kube.listReadable(BYO_HOSTS, { namespace });
  // One that cannot be read may be the host of the machine: nothing is concluded.
  return invalid.length > 0 ? undefined : { machine, owner, held, hosts };
}

/** Both are asked only where the caches know no such machine; then it is looked for afresh. */
async function isOrphaned(deps: HostReconcilerDependencies, host: ByoHost): Promise<boolean> {
  return !host.spec.claim?.releasing && isUnheld(deps, host.spec.claim);
}

async function isClaimEnded(deps: HostReconcilerDependencies, host: ByoHost): Promise<boolean> {
  return host.spec.claim?.releasing === true && isUnheld(deps, host.spec.claim);
}

async function isUnheld(deps: HostReconcilerDependencies, claim: Claim | undefined): Promise<boolean> {
  return claim !== undefined && !isKnown(deps.caches, claim) && isClaimantGone(deps, claim);
}

/** The ByoMachine is read afresh, since a cache that has not heard of it yet would free a host that is held. */
async function isClaimantGone({ kube, caches }: HostReconcilerDependencies, claim: Claim): Promise<boolean> {
  const { namespace, name } = claim;
  // What cannot be read is not gone, and may be the very one.
  if (caches.machines.unreadable(namespace).length > 0 || caches.byoMachines.unreadable(namespace).length > 0)
    return false;
  const machine = await kube.find(BYO_MACHINES, { namespace, name });
  return isOwnerGone(claim, machine, caches.machines.list(namespace));
}

async function patchHost(kube: Kube, host: ByoHost, decision: HostDecision): Promise<void> {
  const body = bodyOf(decision);
  if (!body) return;
  const { namespace, name, resourceVersion } = host.metadata;
  await kube.patch(BYO_HOSTS, { namespace, name }, { manager: FIELD_MANAGERS.hostReconciler, body, resourceVersion });
}

function bodyOf(decision: HostDecision): Record<string, unknown> | undefined {
  switch (decision.kind) {
    case 'SetFinalizers':
      return { metadata: { finalizers: decision.finalizers } };
    case 'Free':
      return { metadata: { labels: labelsFor(null) }, spec: { claim: null } };
    case 'Claim':
      return {
        metadata: { labels: labelsFor(decision.claim) },
        spec: { claim: decision.claim, lastGeneration: decision.claim.generation },
      };
    case 'Label':
      return { metadata: { labels: decision.labels } };
    case 'Nothing':
    case 'Report':
      return undefined;
    default:
      return decision satisfies never;
  }
}
