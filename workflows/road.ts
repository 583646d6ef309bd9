// One run's memory of its subject: what was last said of it, and whether somebody asked to look again. Nothing here decides
// what is true; that is observed afresh.
import { condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { HostView, Waiting, WorkflowProgress } from '../api/activities.ts';
import type { ConditionUpdate } from '../api/conditions.ts';
import type { MachineKey } from '../api/names.ts';
import type { Phase } from '../api/steps.ts';
import { decideResync } from './decide-retry.ts';
import { showDetails } from './details.ts';
import { lookAgain, progress } from './messages.ts';

/** What a run is about, as activities beside the controller: a ByoMachine, or a host that owes a clean-up. */
export type Subject<View extends HostView> = {
  observe(): Promise<View>;
  /** Host and Cluster in what was seen, to be shown and searched by. */
  namesIn(view: View): { host?: string | undefined; clusterName?: string | undefined };
  report(conditions: ConditionUpdate[]): Promise<void>;
  /** The condition that says that an activity fails, and what takes it back where nothing else does. */
  readonly failing: Pick<ConditionUpdate, 'type' | 'status'>;
  readonly working?: ConditionUpdate;
  /** Holds `clusterctl move` back, or lets it pass. */
  blockMove(blocked: boolean): Promise<void>;
};

export type Road<View extends HostView = HostView> = {
  readonly machine: MachineKey;
  readonly subject: Subject<View>;
  progress: WorkflowProgress;
  /** Search attributes may be set: said by what is seen, and not true before the first look. */
  searchable: boolean;
  mustLook: boolean;
  /** Unasked looks in a row: each makes the next one later. */
  quietRounds: number;
  /** Failed steps in a row, and the time (ms) before which none is tried again. */
  failures: number;
  retryAt: number;
  /** Activities beside the controller that failed since the run last got on; whether a condition still says so. */
  failing: number;
  toldFailing: boolean;
  /** The host let a task lie: however fresh its Lease is, it is offline until it reports on the task. */
  offline: boolean;
  /** block-move as this run last wrote it. */
  moveBlocked?: boolean;
  /** Conditions as this run last wrote them, so that the same is not said twice. */
  reported: Map<string, ConditionUpdate>;
};

/** A road on which nothing has happened yet. */
export function newRoad<View extends HostView>(of: Pick<Road<View>, 'machine' | 'subject'>, phase: Phase): Road<View> {
  return {
    ...of,
    progress: { phase },
    searchable: false,
    mustLook: true,
    quietRounds: 0,
    failures: 0,
    retryAt: 0,
    failing: 0,
    toldFailing: false,
    offline: false,
    reported: new Map(),
  };
}

/** Begins a run: handlers before anything else, so that no message is lost. */
export function heed(road: Road): void {
  setHandler(lookAgain, () => {
    road.mustLook = true;
  });
  setHandler(progress, () => road.progress);
}

/** Reads everything afresh. Whoever asks while we read is answered by one more look, however many asked. */
export async function look<View extends HostView>(road: Road<View>): Promise<View> {
  road.mustLook = false;
  const view = await road.subject.observe();
  road.toldFailing ||= view.failing === true;
  road.searchable = view.unsearchable !== true;
  const { host, clusterName } = road.subject.namesIn(view);
  showDetails(road, { host }, clusterName);
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
  await road.subject.report(news);
  for (const update of news) road.reported.set(update.type, update);
}

function isSame(one: ConditionUpdate, other: ConditionUpdate | undefined): boolean {
  return one.status === other?.status && one.reason === other.reason && one.message === other.message;
}

/** `clusterctl move` must not take the object away while an operation runs, and must not be kept from it otherwise. */
export async function setMoveBlocked(road: Road, blocked: boolean): Promise<void> {
  if (road.moveBlocked === blocked) return;
  await road.subject.blockMove(blocked);
  road.moveBlocked = blocked;
}

/** The run gets on: what was said of a failing activity is true no more. */
export async function tellWorking(road: Road): Promise<void> {
  road.failing = 0;
  const { working } = road.subject;
  if (road.toldFailing && working) await report(road, working);
  road.toldFailing = false;
}

/** At the end of a step, whatever came of it. Waits for a signal, or at most so long; answers whether a signal came. */
export async function waitForNews(road: Road, waiting: Waiting | undefined, atMost?: number): Promise<boolean> {
  await tellWorking(road);
  return sleepUntilNews(road, waiting, atMost);
}

/** The same in the middle of a step, or where nothing may be written. */
export async function sleepUntilNews(road: Road, waiting: Waiting | undefined, atMost?: number): Promise<boolean> {
  showDetails(road, { waiting, step: undefined });
  const asked = await condition(() => road.mustLook, atMost ?? decideResync(road.quietRounds));
  road.quietRounds = asked ? 0 : road.quietRounds + 1;
  return asked;
}

/** Every answer but the history's length is in the cluster, so a run may end anywhere and begin by looking. */
export function mustContinueAsNew(): boolean {
  return workflowInfo().continueAsNewSuggested;
}
