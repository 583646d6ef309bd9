// A small world for one ByoMachine: what the cluster holds, what its host has done, and every call in order. Faults are
// injected by call, and broken promises (a join over remains, a release of a dirty host) are noted.
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { CleanupView, MachineView } from '../../../api/activities.ts';
import type { ConditionUpdate } from '../../../api/conditions.ts';
import type { MachineKey } from '../../../api/names.ts';
import type { Reason } from '../../../api/reasons/reason.ts';

/** `terminal` or a failure: before any effect. `lost`: has its effect, and its answer is lost. `late`: after its time. */
export type Fault = 'terminal' | 'lost' | 'late' | ApplicationFailure;

/** The view, less what follows from conditions and providerID, and what the activities consult or leave behind. */
export type State = Omit<MachineView, 'prepared' | 'bootstrapped' | 'bootstrapFailed' | 'moveBlocked'> & {
  retryAnnotation: boolean;
  /** The claim was forced away: what the host owes, and what keeps it from being done. */
  owed?: Pick<CleanupView, 'resetGate' | 'freeGate'>;
  /** Why no host can be claimed, and why no order can be sealed. */
  noHost?: Reason;
  noSeal?: Reason;
  providerID?: string;
  moveBlocked: boolean;
  nodeDeleted: boolean;
  released: boolean;
};

export type World = {
  readonly machine: MachineKey;
  readonly hostID: string;
  state: State;
  /** Every activity, with its operation where it has one: `claimHost`, `seal join`, `join`. */
  calls: string[];
  conditions: Map<string, ConditionUpdate>;
  /** Every condition ever written, `type=status/reason`. */
  told: string[];
  /** What is inside the seal of an order, by its verb, where its size matters. */
  seals: Map<string, Uint8Array>;
  host: FakeHost;
  violations: string[];
  faultAt?: (call: string, index: number) => Fault | undefined;
  /** Called after each write, as a watch would. */
  onWrite?: () => void;
  readonly events: EventEmitter;
};

/** The host's own memory: what ended how, what really happened, what is to fail, and what is held up by the test. */
type FakeHost = {
  journal: Map<string, ApplicationFailure | 'Succeeded'>;
  effects: string[];
  outcomes: Map<string, ApplicationFailure>;
  /** What it answers instead of a result, by operation. */
  answers: Map<string, unknown>;
  gates: Map<string, Promise<void>>;
  running: Map<string, Promise<void>>;
  installed: boolean;
  dirty: boolean;
  stopped: string[];
};

/** A world in which every gate is open and the host is free. */
export function createWorld(machine: MachineKey, hostID: string): World {
  return {
    machine,
    hostID,
    state: {
      clusterName: 'demo',
      version: 'v1.36.3',
      deleting: false,
      clusterDeleting: false,
      hostConnected: true,
      retryAnnotation: false,
      moveBlocked: false,
      nodeDeleted: false,
      released: false,
    },
    calls: [],
    conditions: new Map(),
    told: [],
    seals: new Map(),
    host: createFakeHost(),
    violations: [],
    events: new EventEmitter().setMaxListeners(100),
  };
}

function createFakeHost(): FakeHost {
  return {
    journal: new Map(),
    effects: [],
    outcomes: new Map(),
    answers: new Map(),
    gates: new Map(),
    running: new Map(),
    installed: false,
    dirty: false,
    stopped: [],
  };
}

/** A failure as the activities of the product throw it. */
export function failure(reason: string, retryable = false): ApplicationFailure {
  const failed = ApplicationFailure.create({
    type: reason,
    message: `${reason} happened`,
    nonRetryable: !retryable,
    details: [`Mend ${reason}`],
  });
  // A stack names folders of this machine, which have no place in a recorded history.
  failed.stack = '';
  return failed;
}

/** Runs one call under the fault that was planned for it; every call is recorded, also one that fails. */
export async function perform<Answer>(world: World, call: string, effect: () => Promise<Answer>): Promise<Answer> {
  const index = world.calls.push(call) - 1;
  const fault = world.faultAt?.(call, index);
  world.events.emit('change');
  if (fault === 'terminal') throw failure('HostUnfit');
  if (fault instanceof ApplicationFailure) throw fault;
  if (fault === 'late') {
    await delay(1000);
    throw failure('Late', true);
  }
  const answer = await effect();
  world.events.emit('change');
  if (fault === 'lost') throw failure('Lost', true);
  return answer;
}

/** A write of the cluster: watchers are told. */
export function tellWatchers(world: World): void {
  world.onWrite?.();
  world.events.emit('change');
}

/** Waits until it is true of the world; looked at after every call and every change, never by the clock. */
export async function until(world: World, what: string, isTrue: (world: World) => boolean): Promise<void> {
  if (isTrue(world)) return;
  const given = AbortSignal.timeout(60_000);
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (!isTrue(world)) return;
      world.events.off('change', look);
      resolve();
    };
    given.addEventListener('abort', () => reject(new Error(`never ${what}: ${describeWorld(world)}`)));
    world.events.on('change', look);
  });
}

function describeWorld({ calls, told, state, violations }: World): string {
  return JSON.stringify({ calls, told, state, violations }, undefined, 1);
}
