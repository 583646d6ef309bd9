// The controller's one sentence to Temporal, "look again", to the workflow of a machine or of a clean-up: when it is said (what
// the workflow acts on has changed, or a wait has lasted a resync), and how, so that the workflow is started if need be.
import { WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import type { ByoMachineInput, HostCleanup, HostCleanupInput } from '../../api/activities.ts';
import {
  CLEANUP_TYPE,
  cleanupIdOf,
  controlQueueOf,
  LOOK_AGAIN,
  workflowIdOf,
  WORKFLOW_TYPE,
  type MachineKey,
} from '../../api/names.ts';
import type { TemporalLink } from '../../common/temporal-link.ts';
import type { Result } from '../runtime/queue.ts';
import { LazyLink } from './lazy-link.ts';

const MINUTE_MS = 60_000;

/** What is told again after this long: a lost word costs no more. */
export const RESYNC_MS = 10 * MINUTE_MS;

/** The same for a workflow that has nothing to do: should somebody have ended it, it is started again. */
export const REST_MS = 60 * MINUTE_MS;

/** Between two words for the sake of what others may change as often as they like, to one and the same workflow. */
export const PACE_MS = 5000;

/** Something that is news when it ends (undefined) or becomes another; null: nobody cares any more. */
export type Lapse = string | undefined | null;

/**
 * `fingerprint`: what the workflow acts on whichever way it changes, as text. `lapses`: what it acts on once it ends or
 * becomes another; that it begins is no news. `offer`: what it would be given if it asked now. `aside`:
 * what it says why it waits. `mayRest`: it has nothing to do, or nothing can be done just now. `again`: come back after a
 * resync although nothing changed.
 */
export type Notification = {
  fingerprint: string;
  lapses?: Lapse[];
  offer?: string | undefined;
  aside?: string;
  mayRest: boolean;
  again: boolean;
};

/** What a workflow was notified of last. */
type Notified = {
  fingerprint: string;
  lapses: Lapse[];
  offer: string | undefined;
  aside: string | undefined;
  atMs: number;
  offeredAtMs: number;
};

/** Remembers what each workflow was told last; a restart of the controller tells each once more, which is free. */
export class Notifier {
  readonly #last = new Map<string, Notified>();

  forget(id: string): void {
    this.#last.delete(id);
  }

  /** Everything is news again: whoever was told has forgotten it. */
  forgetAll(): void {
    this.#last.clear();
  }

  /** Whether `notify` would signal now. */
  isNews(id: string, notification: Notification): boolean {
    return decideWait(this.#last.get(id), notification, performance.now(), resyncOf(notification)) === 0;
  }

  /** Calls `signal` when there is news for `id`; what it throws is thrown, and the news stays news. */
  async notify(id: string, notification: Notification, signal: () => Promise<unknown>): Promise<Result> {
    const resyncMs = resyncOf(notification);
    const last = this.#last.get(id);
    const wait = decideWait(last, notification, performance.now(), resyncMs);
    if (wait === 0) await signal();
    const after = wait === 0 ? notifiedOf(last, notification, performance.now()) : withoutNews(last, notification);
    if (after) this.#last.set(id, after);
    // Whoever has been notified comes back after a resync; whoever waits for his turn, then.
    if (wait > 0 && wait < Infinity) return { againInMs: wait };
    return notification.again ? { againInMs: resyncMs } : {};
  }
}

function resyncOf({ mayRest }: Notification): number {
  return mayRest ? REST_MS : RESYNC_MS;
}

function notifiedOf(
  last: Notified | undefined,
  { fingerprint, lapses = [], offer, aside }: Notification,
  atMs: number,
): Notified {
  // Whoever begins asks by itself: what is offered meanwhile is told when its time has come.
  const offeredAtMs = isNewOffer(last, offer) ? atMs : (last?.offeredAtMs ?? atMs);
  return { fingerprint, lapses, offer, aside, atMs, offeredAtMs };
}

/**
 * What nobody needs to be told: that something has begun which is news when it ends, and that an offer has gone, which is one
 * again when it comes back.
 */
function withoutNews(last: Notified | undefined, { lapses = [], offer }: Notification): Notified | undefined {
  return last && { ...last, lapses, ...(offer === undefined && { offer }) };
}

/** Milliseconds until it is to be told what is true now: for ever when nothing is new, at once when it was never told. */
function decideWait(last: Notified | undefined, notification: Notification, nowMs: number, resyncMs: number): number {
  if (!last || last.fingerprint !== notification.fingerprint || nowMs - last.atMs >= resyncMs) return 0;
  if (last.lapses.some((one, index) => isLapsed(one, notification.lapses?.[index]))) return 0;
  const paced = (sinceMs: number): number => Math.max(0, PACE_MS - (nowMs - sinceMs));
  const offered = isNewOffer(last, notification.offer) ? paced(last.offeredAtMs) : Infinity;
  // Whoever has what it waited for has nothing told aside any more.
  const isAside = notification.aside !== '' && last.aside !== notification.aside;
  return Math.min(offered, isAside ? paced(last.atMs) : Infinity);
}

function isNewOffer(last: Notified | undefined, offer: string | undefined): boolean {
  return offer !== undefined && offer !== last?.offer;
}

function isLapsed(before: Lapse, now: Lapse): boolean {
  return typeof before === 'string' && now !== null && now !== before;
}

/** `SignalWithStart`: starts its workflow if none runs. `Signal`: only one that runs hears it. */
export type Signaling = 'SignalWithStart' | 'Signal';

export type WorkflowSignaler = {
  /** Answers whether a run has heard it; rejects when Temporal does not answer in time: whoever calls tries again. */
  signal: (key: MachineKey, how: Signaling) => Promise<boolean>;
  /** The same for the clean-up that a host owes; always started if none runs. */
  signalCleanup: (cleanup: HostCleanup) => Promise<void>;
  close: () => Promise<void>;
};

/** Signals while Temporal answers; what it does not answer in time rejects. */
export function createWorkflowSignaler(readLink: () => TemporalLink): WorkflowSignaler {
  const link = new LazyLink(readLink);
  return {
    signal: (key, how) =>
      link.use((workflow) => (how === 'SignalWithStart' ? startOrSignal(workflow, key) : signalRunning(workflow, key))),
    signalCleanup: (cleanup) => link.use((workflow) => startCleanupOrSignal(workflow, cleanup)),
    close: () => link.close(),
  };
}

/** A run that has ended, however it did, may be followed by another: it starts by observing. */
const START_OR_SIGNAL = {
  signal: LOOK_AGAIN,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowIdConflictPolicy: 'USE_EXISTING',
} as const;

async function startOrSignal(workflow: WorkflowClient, key: MachineKey): Promise<true> {
  const input: ByoMachineInput = { machine: key };
  await workflow.signalWithStart(WORKFLOW_TYPE, {
    ...START_OR_SIGNAL,
    signalArgs: [],
    workflowId: workflowIdOf(key),
    taskQueue: controlQueueOf(key.management),
    args: [input],
    staticSummary: `ByoMachine ${key.namespace}/${key.name}`,
  });
  return true;
}

async function startCleanupOrSignal(workflow: WorkflowClient, cleanup: HostCleanup): Promise<void> {
  const { machine, claim } = cleanup;
  const input: HostCleanupInput = { cleanup };
  await workflow.signalWithStart(CLEANUP_TYPE, {
    ...START_OR_SIGNAL,
    signalArgs: [],
    workflowId: cleanupIdOf(machine, claim.hostName, claim.generation),
    taskQueue: controlQueueOf(machine.management),
    args: [input],
    staticSummary: `clean-up of ByoHost ${machine.namespace}/${claim.hostName}`,
  });
}

async function signalRunning(workflow: WorkflowClient, key: MachineKey): Promise<boolean> {
  try {
    await workflow.getHandle(workflowIdOf(key)).signal(LOOK_AGAIN);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
