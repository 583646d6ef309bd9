// One run of a workflow: what it was told, what it has seen and said, and how it waits. What is true is never remembered
// here, but for as long as nothing has happened since it was read.
import { condition, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import type { HostView, MachineView } from '../api/activities.ts';
import { FAILURE_REASONS, type ConditionUpdate } from '../api/conditions.ts';
import type { MachineKey } from '../api/names.ts';
import type { Reason } from '../api/reasons/reason.ts';
import type { Phase } from '../api/steps.ts';
import { decideResync, decideRetryDelay, type MachineMemory } from './decide.ts';
import { Details, progress, Told, type ProgressUpdate } from './details.ts';
import type { OrderWanted, RunActivities, SealAnswer } from './run-activities.ts';

/** Something may have changed: look afresh. It carries no state, so saying it twice is free. */
const lookAgain = defineSignal('lookAgain');

type RunOptions<View extends HostView, Memory> = {
  machine: MachineKey;
  activities: RunActivities<View>;
  memory: Memory;
  phase: Phase;
  /** The run before this one has looked, and nothing has happened since. */
  isSeen?: boolean;
};

/** The run of a ByoMachine's workflow. */
export type MachineRun = WorkflowRun<MachineView, MachineMemory>;

export class WorkflowRun<View extends HostView = HostView, Memory = unknown> {
  readonly machine: MachineKey;
  readonly activities: RunActivities<View>;
  readonly memory: Memory;
  /** Failed operations in a row. */
  failures = 0;
  /** Activities beside the controller that failed since the run last got on; whether a condition still says so. */
  failing = 0;
  toldFailing = false;
  /** The host let a task lie: however fresh its Lease is, it is offline until it answers. */
  offline = false;
  readonly details: Details;
  readonly told = new Told();
  #mustLook: boolean;
  #seen: View | undefined;
  #moveBlocked = false;
  #quietRounds = 0;
  /** Before this time (ms) nothing that failed is tried again. */
  #retryAt = 0;

  /** Begins a run: handlers before anything else, so that no message is lost. */
  constructor({ machine, activities, memory, phase, isSeen = false }: RunOptions<View, Memory>) {
    this.machine = machine;
    this.activities = activities;
    this.memory = memory;
    this.details = new Details(machine, phase);
    this.#mustLook = !isSeen;
    setHandler(lookAgain, () => void (this.#mustLook = true));
    setHandler(progress, () => this.details.progress);
  }

  /** Somebody asked to look since what was last seen was read. */
  get isAsked(): boolean {
    return this.#mustLook;
  }

  /**
   * What is true: as an effect has just answered it, else read afresh. Whoever asks while it is read is answered by one more
   * look, however many asked.
   */
  async look(): Promise<View> {
    if (this.#seen && !this.#mustLook) return this.#seen;
    this.#mustLook = false;
    const view = await this.activities.observe();
    this.see(view);
    return view;
  }

  /** What was last known to be true, however long ago. */
  get lastSeen(): View | undefined {
    return this.#seen;
  }

  /** What an effect answers to be true after it. */
  see(view: View | undefined): void {
    this.#seen = view;
    if (!view) return;
    this.toldFailing ||= view.failing === true;
    this.#moveBlocked = view.moveBlocked === true;
    this.details.searchable = view.unsearchable !== true;
    const { host, clusterName } = this.activities.namesIn(view);
    this.details.show({ host }, clusterName);
  }

  /** Time has passed, and nobody has looked meanwhile. */
  forgetSeen(): void {
    this.#seen = undefined;
  }

  /** The next look reads afresh. */
  askAgain(): void {
    this.#mustLook = true;
  }

  show(update: ProgressUpdate): void {
    this.details.show(update);
  }

  /** Says where the machine is: it waits for nothing yet. */
  enterPhase(phase: Phase): void {
    this.show({ phase, operation: undefined, waiting: undefined });
  }

  /** Writes conditions that this run has not written before; the activity in its turn writes no unchanged one. */
  async report(...conditions: ConditionUpdate[]): Promise<void> {
    const news = this.told.newsOf(conditions);
    if (news.length > 0) await this.#write(news, false);
  }

  /** The same when nothing runs any more, so that a move may pass. Answers what is true then, if that was read. */
  async reportAtRest(...conditions: ConditionUpdate[]): Promise<View | undefined> {
    const news = this.told.newsOf(conditions);
    return news.length > 0 || this.#moveBlocked ? this.#write(conditions, true) : undefined;
  }

  async #write(conditions: ConditionUpdate[], passing: boolean): Promise<View | undefined> {
    const view = await this.activities.report(conditions, passing);
    this.told.note(...conditions);
    if (passing) this.#moveBlocked = false;
    this.see(view);
    return view;
  }

  /** Seals an order that `conditions` tell of. */
  async seal(order: OrderWanted, conditions: ConditionUpdate[]): Promise<SealAnswer<View>> {
    const news = this.told.newsOf(conditions);
    const sealed = await this.activities.seal(order, news);
    if ('order' in sealed) this.told.note(...news);
    this.see(sealed.view);
    return sealed;
  }

  /** Where nothing may be written but this. */
  async letMovePass(): Promise<void> {
    if (this.#moveBlocked) await this.activities.letMovePass();
    this.#moveBlocked = false;
  }

  /** Says why nothing goes on, and waits for a signal, or at most so long; nothing runs meanwhile, so a move may pass. */
  async block(update: ConditionUpdate, atMost?: number): Promise<void> {
    const { reason, message } = update;
    this.show({ waiting: { reason, message }, operation: undefined });
    await this.reportAtRest(update);
    await this.waitForSignal({ reason, message }, atMost);
  }

  /** At the end of a step, whatever came of it. Answers whether a signal came. */
  async waitForSignal(waiting: Reason | undefined, atMost?: number): Promise<boolean> {
    await this.tellWorking();
    return this.sleep(waiting, atMost);
  }

  /** The same in the middle of a step, or where nothing may be written. */
  async sleep(waiting: Reason | undefined, atMost?: number): Promise<boolean> {
    this.show({ waiting, operation: undefined });
    const asked = await condition(() => this.#mustLook, atMost ?? decideResync(this.#quietRounds));
    this.#quietRounds = asked ? 0 : this.#quietRounds + 1;
    this.activities.isQuiet = !asked && waiting?.reason === FAILURE_REASONS.notClean;
    this.forgetSeen();
    return asked;
  }

  /** The run gets on: what was said of a failing activity is true no more. */
  async tellWorking(): Promise<void> {
    this.failing = 0;
    const { working } = this.activities;
    if (this.toldFailing && working) await this.report(working);
    this.toldFailing = false;
  }

  /**
   * Counts a failure and says when the next try may be. A first failure may be mended by whoever signals next; one that
   * repeats is tried ever more rarely, whoever signals.
   */
  countFailure(pause?: number): void {
    this.failures += 1;
    this.#retryAt = Date.now() + (pause ?? decideRetryDelay(this.failures));
  }

  /** True when it was too early for another try, and time has passed meanwhile: look again first. */
  async waitForRetryTime(): Promise<boolean> {
    const left = this.#retryAt - Date.now();
    if (left <= 0) return false;
    await this.sleep(this.details.progress.waiting, left);
    return true;
  }

  /** Every answer but the history's length is in the cluster, so a run may end anywhere and begin by looking. */
  mustContinueAsNew(): boolean {
    return workflowInfo().continueAsNewSuggested;
  }
}
