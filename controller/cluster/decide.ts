// What a ByoCluster needs next, in the order of the contract ("InfraCluster").
import type { ByoCluster } from '../../api/byo-cluster.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import type { Cluster } from '../../api/cluster-api.ts';
import { CLUSTER_CONDITIONS, PROGRESS_REASONS, WAIT_REASONS, type ConditionUpdate } from '../../api/conditions.ts';
import { ANNOTATIONS, FINALIZERS } from '../../api/names.ts';
import { isDeleting, isLeavingByMove, isPaused, ownerNameOf } from '../../common/contract.ts';
import type { StatusWish } from '../runtime/apply-status.ts';

export type ObservedCluster = {
  object: ByoCluster;
  /** The owner, when it is there. */
  cluster?: Cluster | undefined;
  hosts: ByoHost[];
  /** ByoMachines of this cluster that still exist. */
  machines: number;
};

export type ClusterDecision =
  | { kind: 'Nothing' }
  | { kind: 'SetFinalizers'; finalizers: string[] }
  | { kind: 'SetPort'; port: number }
  | { kind: 'Status'; status: StatusWish };

const NOTHING: ClusterDecision = { kind: 'Nothing' };
/** kubeadm's own, and what BYOH took when the port was left out. */
const DEFAULT_PORT = 6443;

/** Pure. One write at a time; the next look comes with the change that it makes. */
export function decideCluster(situation: ObservedCluster): ClusterDecision {
  const { object, cluster } = situation;
  if (ANNOTATIONS.managedBy in object.metadata.annotations || isLeavingByMove(object)) return NOTHING;
  const finalizer = decideFinalizer(situation);
  if (finalizer || !cluster) return finalizer ?? NOTHING;
  if (isPaused(object, cluster)) return status(object, situation, [paused(true)]);
  return isDeleting(object) ? decideDeletion(situation) : decideEndpoint(situation, cluster);
}

/** Ours goes on when there is an owner, and off when there never was one: without it nothing was ever begun. */
function decideFinalizer({ object, cluster }: ObservedCluster): ClusterDecision | undefined {
  const { finalizers } = object.metadata;
  const ours = finalizers.includes(FINALIZERS.cluster);
  const owned = ownerNameOf(object, 'Cluster') !== undefined;
  if (isDeleting(object)) {
    if (!ours) return NOTHING;
    return owned ? undefined : dropFinalizer(object);
  }
  if (!owned) return NOTHING;
  if (ours || !cluster) return undefined;
  return { kind: 'SetFinalizers', finalizers: [...finalizers, FINALIZERS.cluster] };
}

/** Core deletes the infrastructure last; a ByoCluster deleted by hand waits for its machines as well. */
function decideDeletion(situation: ObservedCluster): ClusterDecision {
  if (situation.machines === 0) return dropFinalizer(situation.object);
  const message = `waits for ${situation.machines} ByoMachine(s) of the cluster`;
  return status(situation.object, situation, [paused(false), ready('False', PROGRESS_REASONS.deleting, message)]);
}

function decideEndpoint(situation: ObservedCluster, cluster: Cluster): ClusterDecision {
  const { object } = situation;
  const own = object.spec.controlPlaneEndpoint;
  // Core copies an endpoint only when host and port are both there.
  if (own?.host && !own.port) return { kind: 'SetPort', port: DEFAULT_PORT };
  const host = own?.host || cluster.spec.controlPlaneEndpoint?.host;
  if (!host) {
    const message =
      'no control plane endpoint: set spec.controlPlaneEndpoint of this ByoCluster or of its Cluster to the address ' +
      'at which the API server will answer';
    const update = ready('False', WAIT_REASONS.waitingForControlPlaneEndpoint, message);
    return status(object, situation, [paused(false), update]);
  }
  const provisioned = ready('True', PROGRESS_REASONS.provisioned, '');
  return status(object, situation, [paused(false), provisioned], true);
}

function status(
  object: ByoCluster,
  { hosts }: ObservedCluster,
  conditions: ConditionUpdate[],
  provisioned = false,
): ClusterDecision {
  const before = object.status;
  const frozen = conditions.some(({ type, status: is }) => type === CLUSTER_CONDITIONS.paused && is === 'True');
  // `provisioned` is never taken back (contract), whatever happens to the endpoint later.
  const fields = {
    initialization: provisioned ? { provisioned: true } : before?.initialization,
    failureDomains: frozen ? before?.failureDomains : failureDomainsOf(hosts),
  };
  return { kind: 'Status', status: { fields, conditions } };
}

/** Where the hosts of the namespace stand, by name; every one may hold control planes. */
function failureDomainsOf(hosts: ByoHost[]): { name: string; controlPlane: boolean }[] | undefined {
  const names = new Set(hosts.map((host) => host.spec.failureDomain ?? '').filter(Boolean));
  const domains = [...names].toSorted((a, b) => (a < b ? -1 : 1)).map((name) => ({ name, controlPlane: true }));
  return domains.length > 0 ? domains.slice(0, 100) : undefined;
}

function dropFinalizer({ metadata }: ByoCluster): ClusterDecision {
  return { kind: 'SetFinalizers', finalizers: metadata.finalizers.filter((one) => one !== FINALIZERS.cluster) };
}

function ready(state: 'True' | 'False', reason: string, message: string): ConditionUpdate {
  return { type: CLUSTER_CONDITIONS.ready, status: state, reason, message };
}

/** Contract: the condition Paused, with these two reasons. */
export function paused(is: boolean): ConditionUpdate {
  const reason = is ? WAIT_REASONS.paused : WAIT_REASONS.notPaused;
  const message = is ? 'the Cluster is paused or the object carries the paused annotation' : '';
  return { type: CLUSTER_CONDITIONS.paused, status: is ? 'True' : 'False', reason, message };
}
