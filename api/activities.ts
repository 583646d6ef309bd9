// The contract between the workflow and the deeds: names, arguments and results of every activity. Types only, so that
// the workflow bundle holds no I/O.
import type { ConditionUpdate } from './conditions.ts';
import type { MachineKey } from './names.ts';
import type { OperationResult } from './report/operation-result.ts';
import type { OrderEnvelope, PackedOrder, SealedOrder } from './orders.ts';
import type { OperationProgress } from './report/reported-host.ts';
import type { Phase, Verb } from './steps.ts';
import type { Reason } from './reasons/reason.ts';

export type { OperationResult } from './report/operation-result.ts';

/** The claim of a host for one incarnation of a ByoMachine. */
export type MachineClaim = { hostName: string; hostID: string; generation: number };

/** An operation on a host as the workflow acts on it; steps and bytes are none of its business. */
export type HostOperation = Pick<OperationProgress, 'operation' | 'generation' | 'state'>;

/** What is true of a host on which an operation may run. */
export type HostView = {
  /** The host still renews its Lease. */
  hostConnected: boolean;
  /** What the host last reported of an operation of this very claim (same generation): how far it is, no step of it. */
  hostOperation?: HostOperation;
  /** A condition says that an activity fails: whoever gets on takes that back. */
  failing?: true;
  /** block-move stands on the object: `clusterctl move` is held back. */
  moveBlocked?: true;
  /** The namespace of Temporal does not know our search attributes: to set one would stop the run. */
  unsearchable?: true;
};

/** What is true of a ByoMachine now, read afresh: the workflow acts on this and on nothing it remembers. */
export type MachineView = HostView & {
  /** Nothing may be done: not found, paused, or deleted by `clusterctl move`. NotFound never means deleted. */
  hold?: Reason;
  /** Set with `hold` when the ByoMachine is not there at all; `claim` is then looked up by incarnation on the hosts. */
  notFound?: boolean;
  /** Name of the Cluster, for search attributes. */
  clusterName?: string;
  /** A deletionTimestamp, without pause and without delete-for-move. */
  deleting: boolean;
  /** The first gate before a host may be claimed that is not open yet. */
  claimGate?: Reason;
  /** The first gate before the join that is not open yet (bootstrap data). */
  bootstrapGate?: Reason;
  /** `Machine.spec.version`, with its v. */
  version?: string;
  claim?: MachineClaim;
  /**
   * The host was re-imaged under the claim and knows nothing of it: on deletion it is given back without an order. With
   * `waiting`, that is not certain yet. Absent too when the host works for the claim after all.
   */
  lost?: { waiting?: Reason };
  /** spec.providerID of this claim is set: prepared once. */
  prepared: boolean;
  /** BootstrapSucceeded is True for this claim, or the Machine has a nodeRef. */
  bootstrapped: boolean;
  /**
   * BootstrapSucceeded is False and nobody asks for another try. False means for good: while the workflow waits or works,
   * the condition is Unknown. Deletion, remediation or the retry annotation (then this is false again) go on from here.
   */
  bootstrapFailed: boolean;
  /** The Cluster is being deleted too: then core has drained, or will not. */
  clusterDeleting: boolean;
  /** A condition does not say what has come true of a bootstrapped machine: `clusterctl move` drops every status. */
  untold?: true;
};

/** A claim that was forced away (spec.cleanupOwed): whose it was, and on which host it still has to be cleaned up. */
export type HostCleanup = { machine: MachineKey; claim: MachineClaim };

/** What is true of a clean-up now, read afresh. */
export type CleanupView = HostView & {
  /** The host owes this clean-up no more, or is not there: nothing is left to do. */
  settled: boolean;
  /** Why the host may not be reset now. */
  resetGate?: Reason;
  /** Why a host that is clean is not free yet. */
  freeGate?: Reason;
};

/** What is true after an effect, read by the activity itself: the next step needs no look of its own. */
type Seen = { view: MachineView };

/** A claim, or host by host why there is none; the condition says so already. */
export type ClaimResult = ({ claim: MachineClaim } | { waiting: Reason }) & Seen;

/** A sealed order, or why it cannot be made yet; without a view for a clean-up. */
export type SealResult = ({ order: SealedOrder | PackedOrder } | { waiting: Reason }) & Partial<Seen>;

/** Conditions that tell of an effect are written with it. */
export type Told = { conditions?: ConditionUpdate[] };

/** From then on nothing runs, and `clusterctl move` may pass. */
type Passing = { passing?: boolean };

/**
 * What to seal. `attempt` counts whole attempts on one claim, 0 or absent at first, and becomes part of the operation's
 * name (`operationOf`), since the host's journal answers a name that has ended with its recorded end. `keepClaim` makes
 * a reset that leaves the generation open: the same claim tries its bootstrap again afterwards. `owed`: the claim is not
 * the host's any more, but what it owes a clean-up for; only a reset may be sealed then.
 */
export type SealInput = {
  machine: MachineKey;
  claim: MachineClaim;
  verb: Verb;
  attempt?: number;
  keepClaim?: boolean;
  owed?: boolean;
  /** What the machine says while the order is carried out. Not for a clean-up. */
  conditions?: ConditionUpdate[];
};

/** Activities beside the controller: Kubernetes API only, short, idempotent. */
export interface ClusterActivities {
  /** Reads Cluster, Machine, ByoMachine and ByoHost. */
  observeMachine(input: { machine: MachineKey }): Promise<MachineView>;
  /** Claims the host that fits best, by compare-and-swap, or answers the standing claim; says so in HostClaimed. */
  claimHost(input: { machine: MachineKey }): Promise<ClaimResult>;
  /**
   * Reads what the order needs (bundle reference, bootstrap Secret) and seals it to the host's key. An order of a machine
   * holds `clusterctl move` back before it is given out.
   */
  sealOrder(input: SealInput): Promise<SealResult>;
  /** Writes conditions of the ByoMachine, an unchanged one is not written; `passing` lets `clusterctl move` pass. */
  reportConditions(input: { machine: MachineKey; conditions: ConditionUpdate[] } & Passing): Promise<MachineView>;
  /** Sets spec.providerID of the claim; the reconciler follows with `provisioned`. */
  setProviderID(input: { machine: MachineKey; claim: MachineClaim } & Told & Passing): Promise<MachineView>;
  /** Puts or takes `clusterctl.cluster.x-k8s.io/block-move`, held while an operation runs. */
  setBlockMove(input: { machine: MachineKey; blocked: boolean }): Promise<void>;
  /** Deletes the Node of the claim (UID precondition), bounded; skipped when cluster or control plane is deleting. */
  deleteNode(
    input: { machine: MachineKey; claim: MachineClaim } & Told,
  ): Promise<{ deleted: boolean; message: string }>;
  /** Marks the claim as releasing, then drops the finalizer: the host reconciler frees the host. */
  releaseHost(input: { machine: MachineKey; claim?: MachineClaim }): Promise<void>;
  /** Reads the ByoHost that owes a clean-up, and whether the Machine of the claim is gone. */
  observeCleanup(input: HostCleanup): Promise<CleanupView>;
  /** Writes how the clean-up goes as a condition of the ByoHost; an unchanged one is not written. */
  reportCleanup(input: HostCleanup & { conditions: ConditionUpdate[] }): Promise<void>;
  /** Takes spec.cleanupOwed away by compare-and-swap, if it still is this claim: the host is free. */
  settleCleanup(input: HostCleanup): Promise<void>;
}

/** With the order as one payload, or, of one that is packed, its envelope and what is sealed as two. */
type HostActivity = (
  order: OrderEnvelope & Partial<SealedOrder>,
  sealed?: PackedOrder['sealed'],
) => Promise<OperationResult>;

/** Activities on the host, named in Temporal as here; each starts its operation or attaches to it. */
export type HostActivities = Record<Verb, HostActivity>;

/**
 * Argument of the workflow; `phase` is set by continue-as-new alone and only saves a look: a run that begins as `Ready` has
 * just been seen to be, by the run before it.
 */
export type ByoMachineInput = { machine: MachineKey; phase?: 'Provision' | 'Ready' | 'Teardown' };

/** Argument of the workflow that cleans up what was forced away. */
export type HostCleanupInput = { cleanup: HostCleanup };

/** Answer of the workflow's `progress` query. */
export type WorkflowProgress = { phase: Phase; operation?: string; waiting?: Reason; host?: string };
