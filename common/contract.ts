// Rules of Cluster API's provider contract that every reader of objects needs, as pure predicates.
import type { ByoHost } from '../api/byo-host.ts';
import type { Cluster, Machine } from '../api/cluster-api.ts';
import type { ObjectMeta } from '../api/meta.ts';
import { ANNOTATIONS, CLUSTER_API_GROUP, LABELS, type MachineKey } from '../api/names.ts';

type Described = { metadata: ObjectMeta };

/** Owner of that Cluster API kind; found by group and kind, since core sets no controller flag without a topology. */
export function ownerNameOf(object: Described, kind: 'Cluster' | 'Machine'): string | undefined {
  const owner = object.metadata.ownerReferences.find(
    (reference) => reference.kind === kind && reference.apiVersion.split('/')[0] === CLUSTER_API_GROUP,
  );
  return owner?.name;
}

/** The first UID of a ByoMachine: `clusterctl move` gives it another one, the annotation stays. */
export function incarnationOf(machine: Described): string {
  return machine.metadata.annotations[ANNOTATIONS.incarnation] ?? machine.metadata.uid;
}

/** The key of a ByoMachine's workflow on this management cluster. */
export function machineKeyOf(machine: Described, management: string): MachineKey {
  const { namespace, name } = machine.metadata;
  return { management, namespace, name, incarnation: incarnationOf(machine) };
}

/** Paused by its Cluster or by its own annotation: nothing may change, also while it is deleted. */
export function isPaused(object: Described, cluster: Cluster | undefined): boolean {
  return cluster?.spec.paused === true || ANNOTATIONS.paused in object.metadata.annotations;
}

/** `clusterctl move` deletes the source's copy: the machine lives on elsewhere, nothing at all may be done. */
export function isLeavingByMove(object: Described): boolean {
  return ANNOTATIONS.deleteForMove in object.metadata.annotations;
}

/** The gate of every InfraMachine: core has seen the infrastructure of the Cluster provisioned. */
export function isInfrastructureProvisioned(cluster: Cluster | undefined): boolean {
  return cluster?.status?.initialization?.infrastructureProvisioned === true;
}

export function isDeleting(object: Described | undefined): boolean {
  return object?.metadata.deletionTimestamp !== undefined;
}

/** Core labels the Machines of a control plane; the value is empty, presence counts. */
export function isControlPlane(object: Described): boolean {
  return LABELS.controlPlane in object.metadata.labels;
}

/**
 * Core deletes a Node by name after our object is gone: what a ByoMachine held is free only when its Machine is gone as
 * well. `machine`: what bears the ByoMachine's name now; `owners`: the Machines of the namespace.
 */
export function isOwnerGone(
  { name, incarnation }: Pick<MachineKey, 'name' | 'incarnation'>,
  machine: Described | undefined,
  owners: readonly Machine[],
): boolean {
  if (machine) return incarnationOf(machine) !== incarnation;
  return !owners.some(
    ({ spec: { infrastructureRef } }) => infrastructureRef?.kind === 'ByoMachine' && infrastructureRef.name === name,
  );
}

/** The host's claim is for this very incarnation of the machine. */
export function isClaimedBy(host: ByoHost, key: Pick<MachineKey, 'namespace' | 'name' | 'incarnation'>): boolean {
  const { claim } = host.spec;
  return claim?.incarnation === key.incarnation && claim.name === key.name && claim.namespace === key.namespace;
}
