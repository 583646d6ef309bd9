// What a run does beside the controller, each with a line of its own in Temporal's UI.
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ClusterActivities, HostView, SealInput, SealResult } from '../api/activities.ts';
import type { ConditionUpdate } from '../api/conditions.ts';
import type { PackedOrder, SealedOrder } from '../api/orders.ts';
import type { Reason } from '../api/reasons/reason.ts';
import { CLUSTER_OPTIONS } from './options.ts';

/** As their answers stand in a history. */
type Written = Omit<ClusterActivities, 'sealOrder'> & {
  sealOrder(input: SealInput): Promise<SealResult | Uint8Array>;
};

/** Activities beside the controller for one call; `summary` is what a person reads beside its name. */
export function cluster(summary: string): Written {
  return proxyActivities<Written>({ ...CLUSTER_OPTIONS, summary: summary.slice(0, 100) });
}

/** The same within the task of the workflow itself: one event each, where others are six, and no bar in Temporal's UI. */
export function clusterQuietly(summary: string): Written {
  return proxyLocalActivities<Written>({ ...CLUSTER_OPTIONS, summary: summary.slice(0, 100) });
}

/** Which order is sealed; the machine is the run's. */
export type OrderWanted = Omit<SealInput, 'machine' | 'conditions'>;

/** A sealed order, or why it cannot be made yet; and what is true then, where that is known. */
export type SealAnswer<View> = ({ order: SealedOrder | PackedOrder } | { waiting: Reason }) & { view?: View };

/** What a run is about, as activities beside the controller: a ByoMachine, or a host that owes a clean-up. */
export type RunActivities<View extends HostView> = {
  observe(): Promise<View>;
  /** Host and Cluster in what was seen, to be shown and searched by. */
  namesIn(view: View): { host?: string | undefined; clusterName?: string | undefined };
  /** Writes conditions; `passing` lets `clusterctl move` pass. Answers what is true then, where that is known. */
  report(conditions: ConditionUpdate[], passing: boolean): Promise<View | undefined>;
  /** Seals an order, and says what the conditions are while it is carried out. */
  seal(order: OrderWanted, conditions: ConditionUpdate[]): Promise<SealAnswer<View>>;
  letMovePass(): Promise<void>;
  /** What comes was tried before, in vain, and nobody asks for it: it leaves as few events as it can. */
  isQuiet: boolean;
  /** The condition that says that an activity fails, and what takes it back where nothing else does. */
  readonly failing: Pick<ConditionUpdate, 'type' | 'status'>;
  readonly working?: ConditionUpdate;
};

/** What is said, in one line of Temporal's UI. */
export function describeConditions(conditions: readonly ConditionUpdate[]): string {
  return conditions.map(({ type, reason }) => `${type}: ${reason}`).join(', ');
}
