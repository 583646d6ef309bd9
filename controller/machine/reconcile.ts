// ByoMachine: observe, decide, act; then notify its workflow, if what it acts on has changed.
import type { ByoMachine } from '../../api/byo-machine.ts';
import { MACHINE_CONDITIONS } from '../../api/conditions.ts';
import { ANNOTATIONS, FIELD_MANAGERS, type MachineKey } from '../../api/names.ts';
import { isDeleting, machineKeyOf } from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { idOf, nameOf } from '../../common/kube/envelopes.ts';
import { BYO_MACHINES, type ObjectKey } from '../../common/kube/resources.ts';
import type { Logger } from '../../common/log.ts';
import {
  applyChange,
  applyIfSame,
  decideChange,
  type StatusChange,
  type StatusWriter,
} from '../runtime/apply-status.ts';
import { lastHeard, type Caches } from '../runtime/caches.ts';
import { decideMachine, decideNotification, type MachineDecision } from './decide.ts';
import { forceRelease } from './force-release.ts';
import { MirrorPace } from './mirror-pace.ts';
import { situationOf, type ObservedMachine } from './observe.ts';
import { MACHINE_FIELDS } from './status.ts';
import { soonest, type Result } from '../runtime/queue.ts';
import type { Notification, Notifier, Signaling, WorkflowSignaler } from '../temporal/notifier.ts';

const WRITER: StatusWriter = {
  manager: FIELD_MANAGERS.machineReconciler,
  fields: MACHINE_FIELDS,
  conditions: [
    MACHINE_CONDITIONS.ready,
    MACHINE_CONDITIONS.paused,
    MACHINE_CONDITIONS.connected,
    MACHINE_CONDITIONS.progressing,
  ],
};

export type MachineReconcilerDependencies = {
  kube: Kube;
  caches: Caches;
  signaler: Pick<WorkflowSignaler, 'signal'>;
  notifier: Notifier;
  management: string;
  log: Logger;
};

/** Reconciles one ByoMachine; `caches` must be synced. */
export function createMachineReconciler(deps: MachineReconcilerDependencies): (key: ObjectKey) => Promise<Result> {
  const { kube, caches, notifier } = deps;
  const pace = new MirrorPace();
  return async (key) => {
    const id = idOf(key);
    const known = lastHeard(caches.byoMachines, key);
    const result = known && (await reportKnown(deps, pace, situationOf(known, caches)));
    if (result) return result;
    const machine = await kube.find(BYO_MACHINES, key);
    if (!machine) {
      notifier.forget(id);
      pace.forget(id);
      return {};
    }
    const situation = situationOf(machine, caches);
    const decision = decideMachine(situation);
    if (decision.kind === 'ForceRelease') await forceRelease(deps, machine);
    if (decision.kind === 'Adopt') await adopt(kube, machine.metadata, decision);
    return decision.kind === 'Report' ? report(deps, pace, situation, decision) : {};
  };
}

type Report = Extract<MachineDecision, { kind: 'Report' }>;

/**
 * Most of what is announced asks for nothing, or for a status: that needs no other reading, since the write is refused when the
 * machine has changed. Undefined: it is to be read afresh, as for news without a write, which may be old.
 */
async function reportKnown(
  deps: MachineReconcilerDependencies,
  pace: MirrorPace,
  situation: ObservedMachine,
): Promise<Result | undefined> {
  const decision = decideMachine(situation);
  if (decision.kind !== 'Report') return undefined;
  const { change, wait } = changeOf(pace, situation, decision);
  const notification = decideNotification(situation, decision.signal);
  const { machine } = situation;
  if (change && wait === 0) {
    const target = { kube: deps.kube, resource: BYO_MACHINES, object: machine };
    if (!(await applyIfSame(target, WRITER, change))) return undefined;
    pace.note(nameOf(machine));
  } else if (deps.notifier.isNews(nameOf(machine), notification)) return undefined;
  return notify(deps, machine, { notification, how: decision.signal, wait });
}

async function report(
  deps: MachineReconcilerDependencies,
  pace: MirrorPace,
  situation: ObservedMachine,
  decision: Report,
): Promise<Result> {
  const { machine } = situation;
  const { change, wait } = changeOf(pace, situation, decision);
  if (change && wait === 0) {
    await applyChange({ kube: deps.kube, resource: BYO_MACHINES, object: machine }, WRITER, change);
    pace.note(nameOf(machine));
  }
  const notification = decideNotification(situation, decision.signal);
  return notify(deps, machine, { notification, how: decision.signal, wait });
}

/** What is to be written of the status, and in how many milliseconds. */
function changeOf(
  pace: MirrorPace,
  { machine }: ObservedMachine,
  { status }: Report,
): { change: StatusChange | undefined; wait: number } {
  const change = decideChange(machine, WRITER, status, new Date());
  return { change, wait: change ? pace.waitFor(nameOf(machine), machine.status?.conditions, change) : 0 };
}

type Metadata = { namespace: string; name: string; resourceVersion: string };

/** Finalizer and incarnation in one write: an adopted machine is never without either. */
async function adopt(
  kube: Kube,
  { namespace, name, resourceVersion }: Metadata,
  { finalizers, incarnation }: { finalizers: string[]; incarnation: string },
): Promise<void> {
  const body = { metadata: { finalizers, annotations: { [ANNOTATIONS.incarnation]: incarnation } } };
  await kube.patch(
    BYO_MACHINES,
    { namespace, name },
    { manager: FIELD_MANAGERS.machineReconciler, body, resourceVersion },
  );
}

type Notifying = { notification: Notification; how: Signaling; wait: number };

/** Notifies its workflow, if there is news; and comes back for what was put off. */
async function notify(
  deps: MachineReconcilerDependencies,
  machine: ByoMachine,
  { notification, how, wait }: Notifying,
): Promise<Result> {
  const key = machineKeyOf(machine, deps.management);
  const mayHaveEnded = how === 'SignalWithStart' && isDeleting(machine);
  const signal = () => (mayHaveEnded ? signalTeardown(deps, key) : deps.signaler.signal(key, how));
  return soonest(
    wait > 0 ? { againInMs: wait } : {},
    await deps.notifier.notify(nameOf(machine), notification, signal),
  );
}

/**
 * The run of a deleted machine ends once its finalizer has fallen, which may be since the machine was read: a run begun then
 * would find nothing, and wait out two resyncs for it to come back. So one is begun only for a machine that is still there
 * after no run was.
 */
async function signalTeardown({ kube, signaler }: MachineReconcilerDependencies, key: MachineKey): Promise<void> {
  if (await signaler.signal(key, 'Signal')) return;
  if (await kube.find(BYO_MACHINES, key)) await signaler.signal(key, 'SignalWithStart');
}
