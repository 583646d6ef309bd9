// What the workflow is told about its machine: gates, phases reached, and whether anything may be done at all.
import type { HostOperation, MachineClaim, MachineView } from '../../../api/activities.ts';
import type { ByoHost } from '../../../api/byo-host.ts';
import type { ByoMachine } from '../../../api/byo-machine.ts';
import type { Machine } from '../../../api/cluster-api.ts';
import { HOST_CONDITIONS, MACHINE_CONDITIONS, WAIT_REASONS } from '../../../api/conditions.ts';
import { ANNOTATIONS, LABELS, providerIdOf, type MachineKey } from '../../../api/names.ts';
import type { Reason } from '../../../api/reasons/reason.ts';
import type { OperationProgress } from '../../../api/report/reported-host.ts';
import { describeStranger } from '../../../common/claim/claim-conflict.ts';
import { isDeleting, isInfrastructureProvisioned, isLeavingByMove, isPaused } from '../../../common/contract.ts';
import { findCondition, isTrue } from '../../../common/kube/conditions.ts';
import { describeUnreadable } from '../../../common/kube/errors.ts';
import { decideLost } from './decide-lost.ts';
import type { Situation } from './situation.ts';

/** Pure: the situation in the words of the contract between cluster and workflow. */
export function decideView(situation: Situation, key: MachineKey): MachineView {
  const { machine, cluster } = situation;
  const hold = decideUnreadable(situation) ?? decideHold(situation, key) ?? decideConflict(situation);
  const view: MachineView = {
    deleting: hold === undefined && isDeleting(machine),
    prepared: false,
    bootstrapped: isBootstrapped(situation),
    bootstrapFailed: isBootstrapFailed(machine) && !isBootstrapped(situation),
    clusterDeleting: isDeleting(cluster),
    hostConnected: false,
  };
  if (hold) view.hold = hold;
  if (!machine && !isSpoilt(situation)) view.notFound = true;
  addOwner(view, situation);
  addHost(view, situation);
  if (machine) addMachine(view, machine);
  return view;
}

/** What stands on the object itself. */
function addMachine(view: MachineView, { metadata, status }: ByoMachine): void {
  const healthy = findCondition(status?.conditions, MACHINE_CONDITIONS.workflowHealthy);
  if (healthy?.status === 'False') view.failing = true;
  if (ANNOTATIONS.blockMove in metadata.annotations) view.moveBlocked = true;
  const isTold = MILESTONES.every((type) => isTrue(status?.conditions, type));
  if (view.bootstrapped && view.claim && !isTold) view.untold = true;
}

/** True of every machine that is bootstrapped. */
const MILESTONES = [
  MACHINE_CONDITIONS.hostClaimed,
  MACHINE_CONDITIONS.hostPrepared,
  MACHINE_CONDITIONS.bootstrapSucceeded,
] as const;

function addOwner(view: MachineView, situation: Situation): void {
  const { machine, owner } = situation;
  const claimGate = decideClaimGate(situation);
  const bootstrapGate = decideBootstrapGate(owner);
  const clusterName = owner?.spec.clusterName ?? machine?.metadata.labels[LABELS.clusterName];
  if (claimGate) view.claimGate = claimGate;
  if (bootstrapGate) view.bootstrapGate = bootstrapGate;
  if (clusterName) view.clusterName = clusterName;
  if (owner?.spec.version) view.version = owner.spec.version;
}

function addHost(view: MachineView, { machine, claimed: [host] }: Situation): void {
  const claim = host && claimOf(host);
  if (!claim) return;
  view.claim = claim;
  // Of a re-imaged machine there is no node left to drain.
  if (host.spec.claim?.lost && view.deleting) view.bootstrapped = false;
  const lost = decideLost(host);
  if (lost) view.lost = lost;
  view.prepared = machine?.spec.providerID === providerIdOf(claim.hostID, claim.generation);
  view.hostConnected = isTrue(host.status?.conditions, HOST_CONDITIONS.connected);
  const operation = presentOperation(host);
  if (operation) view.hostOperation = howFar(operation);
}

/** What a workflow acts on: steps and bytes change too often to be told to anybody by a history. */
export function howFar({ operation, generation, state }: OperationProgress): HostOperation {
  return { operation, generation, state };
}

/** What the host says of an operation of an earlier claim is no news of this one. */
export function presentOperation(host: ByoHost | undefined): OperationProgress | undefined {
  const operation = host?.status?.reported?.operation;
  return operation?.generation === host?.spec.claim?.generation ? operation : undefined;
}

/** The claim that a host carries, in the workflow's words. */
export function claimOf(host: ByoHost): MachineClaim | undefined {
  const { claim, hostID } = host.spec;
  return claim && { hostName: host.metadata.name, hostID, generation: claim.generation };
}

const isSpoilt = ({ unreadable = [] }: Situation): boolean => unreadable.length > 0;

/** It may carry the claim, or be the machine itself: as long as nobody can say, nothing is claimed, reset or released. */
function decideUnreadable(situation: Situation): Reason | undefined {
  return isSpoilt(situation) ? held(describeUnreadable(situation.unreadable ?? [])) : undefined;
}

function decideHold({ machine, cluster }: Situation, key: MachineKey): Reason | undefined {
  const name = `ByoMachine ${key.namespace}/${key.name}`;
  if (!machine) return held(`${name} is not found; that is never taken for a deletion`);
  if (isLeavingByMove(machine))
    return held(`${name} is leaving by clusterctl move; its new management cluster goes on`);
  if (!isPaused(machine, cluster)) return undefined;
  return { reason: WAIT_REASONS.paused, message: `${name} or its Cluster is paused; nothing is done until that ends` };
}

/** Without its claim a machine must neither take another host nor go, and leave its own behind. */
function decideConflict({ machine, claimed, stranger }: Situation): Reason | undefined {
  if (!machine || claimed.length > 0) return undefined;
  if (stranger) return describeStranger(stranger);
  const { providerID } = machine.spec;
  if (providerID === undefined || isDeleting(machine)) return undefined;
  return held(`no host carries the claim of ${providerID}: restore its ByoHost, or delete the Machine`);
}

function held(message: string): Reason {
  return { reason: WAIT_REASONS.held, message };
}

/** Gates before a claim, in the contract's order; bootstrap data is no gate of it, so that installing starts early. */
function decideClaimGate({ machine, owner, cluster }: Situation): Reason | undefined {
  if (!owner) return waiting(WAIT_REASONS.waitingForOwner, 'Cluster API has not set an owner Machine yet');
  if (!cluster) {
    return waiting(
      WAIT_REASONS.waitingForClusterInfrastructure,
      `Cluster ${owner.spec.clusterName} is not found in namespace ${owner.metadata.namespace}`,
    );
  }
  if (!isInfrastructureProvisioned(cluster)) {
    return waiting(
      WAIT_REASONS.waitingForClusterInfrastructure,
      `the infrastructure of Cluster ${cluster.metadata.name} is not provisioned yet; see its ByoCluster`,
    );
  }
  if (!owner.spec.version) {
    return waiting(WAIT_REASONS.waitingForVersion, `Machine ${owner.metadata.name} names no Kubernetes version`);
  }
  if (machine?.spec.installerRef) return undefined;
  return waiting(
    WAIT_REASONS.waitingForInstaller,
    'the ByoMachine has no spec.installerRef; name a K8sInstallerConfigTemplate in its ByoMachineTemplate',
  );
}

function decideBootstrapGate(owner: Machine | undefined): Reason | undefined {
  if (owner?.spec.bootstrap.dataSecretName) return undefined;
  return waiting(
    WAIT_REASONS.waitingForBootstrapData,
    'the bootstrap provider has not made the bootstrap data yet; a worker waits for its control plane',
  );
}

/**
 * A Node is no proof while the host tells of a join that has not succeeded: after a kubeadm init that was cut off by a
 * power loss, the kubelet registers one by itself, without the rest of the control plane.
 */
function isBootstrapped({ machine, owner, claimed: [host] }: Situation): boolean {
  if (isTrue(machine?.status?.conditions, MACHINE_CONDITIONS.bootstrapSucceeded)) return true;
  return owner?.status?.nodeRef !== undefined && !isBootstrapOpen(host);
}

/** A join, or what comes between two tries of it: the reset that keeps the claim, and another install. */
function isBootstrapOpen(host: ByoHost | undefined): boolean {
  const operation = presentOperation(host);
  if (!operation || !/^(install\/|join|reset\/keep-claim)/.test(operation.operation)) return false;
  return !operation.operation.startsWith('join') || operation.state !== 'Succeeded';
}

/** False means for good (while the workflow works it is Unknown), until somebody asks for another try. */
function isBootstrapFailed(machine: ByoMachine | undefined): boolean {
  if (!machine || ANNOTATIONS.retryBootstrap in machine.metadata.annotations) return false;
  return findCondition(machine.status?.conditions, MACHINE_CONDITIONS.bootstrapSucceeded)?.status === 'False';
}

function waiting(reason: string, message: string): Reason {
  return { reason, message };
}
