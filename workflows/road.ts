// One run's memory of a machine: what was last said of it, and whether somebody asked to look again. Nothing here decides
// what is true; that is observed afresh.
import { condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { ByoMachineInput, MachineView, Waiting, WorkflowProgress } from '../api/activities.ts';
import type { ConditionUpdate } from '../api/conditions.ts';
import type { MachineKey } from '../api/names.ts';
import type { Phase } from '../api/steps.ts';
import { cluster } from './cluster-activities.ts';
import type { Tries } from './decide-provision.ts';
import { decideResync } from './decide-retry.ts';
import type { Stage } from './decide-stage.ts';
import type { Undone } from './decide-teardown.ts';
import { showDetails } from './details.ts';
import { lookAgain, progress } from './messages.ts';

export type Road = {
  readonly machine: MachineKey;
  /** The run's own stage: given by continue-as-new, or by the first look. */
  stage?: Stage;
  progress: WorkflowProgress;
  mustLook: boolean;
  /** Unasked looks in a row: each makes the next one later. */
  quietRounds: number;
  /** Failed steps in a row, and the time (ms) before which none is tried again. */
  failures: number;
  retryAt: number;
  /** The host let a task lie: however fresh its Lease is, it is offline until it reports on the task. */
  offline: boolean;
  /** block-move as this run last wrote it. */
  moveBlocked?: boolean;
  /** Conditions as this run last wrote them, so that the same is not said twice. */
  reported: Map<string, ConditionUpdate>;
  tries?: Tries;
  undone?: Undone;
  /** The machine was not found, and unclaimed, for a whole resync. */
  missing: boolean;
};

const FIRST_PHASE: Record<Stage, Phase> = { Provision: 'Claim', Ready: 'Ready', Teardown: 'Drain' };

/** Begins a run: handlers first, so that no message is lost. */
export function openRoad(input: ByoMachineInput): Road {
  const road: Road = {
    machine: input.machine,
    ...(input.phase && { stage: input.phase }),
    progress: { phase: FIRST_PHASE[input.phase ?? 'Provision'] },
    mustLook: true,
    quietRounds: 0,
    failures: 0,
    retryAt: 0,
    offline: false,
    reported: new Map(),
    missing: false,
  };
  setHandler(lookAgain, () => {
    road.mustLook = true;
  });
  setHandler(progress, () => road.progress);
  return road;
}

/** Reads everything afresh. Whoever asks while we read is answered by one more look, however many asked. */
export async function look(road: Road): Promise<MachineView> {
  road.mustLook = false;
  const view = await cluster('read what is true now').observeMachine({ machine: road.machine });
  showDetails(road, { host: view.claim?.hostName }, view.clusterName);
  return view;
}

/** Says where the machine is: a new phase has no step, and waits for nothing yet. */
export function enterPhase(road: Road, phase: Phase): void {
  showDetails(road, { phase, step: undefined, waiting: undefined });
}

/** Writes conditions that this run has not written before; the activity in its turn writes no unchanged one. */
export async function report(road: Road, ...conditions: ConditionUpdate[]): Promise<void> {
  const news = conditions.filter((update) => !isSame(update, road.reported.get(update.type)));
  if (news.length === 0) return;
  const summary = news.map(({ type, reason }) => `${type}: ${reason}`).join(', ');
  await cluster(summary).reportConditions({ machine: road.machine, conditions: news });
  for (const update of news) road.reported.set(update.type, update);
}

function isSame(one: ConditionUpdate, other: ConditionUpdate | undefined): boolean {
  return one.status === other?.status && one.reason === other.reason && one.message === other.message;
}

/** `clusterctl move` must not take the object away while an operation runs, and must not be kept from it otherwise. */
export async function setMoveBlocked(road: Road, blocked: boolean): Promise<void> {
  if (road.moveBlocked === blocked) return;
  const summary = blocked ? 'hold clusterctl move back' : 'let clusterctl move pass';
  await cluster(summary).setBlockMove({ machine: road.machine, blocked });
  road.moveBlocked = blocked;
}

/** Waits for a signal, or at most so long; answers whether a signal came. */
export async function waitForNews(road: Road, waiting: Waiting | undefined, atMost?: number): Promise<boolean> {
  showDetails(road, { waiting, step: undefined });
  const asked = await condition(() => road.mustLook, atMost ?? decideResync(road.quietRounds));
  road.quietRounds = asked ? 0 : road.quietRounds + 1;
  return asked;
}

/** Every answer but the history's length is in the cluster, so a run may end anywhere and begin by looking. */
export function mustContinueAsNew(): boolean {
  return workflowInfo().continueAsNewSuggested;
}
