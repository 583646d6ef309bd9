// ByoMachine: observe, decide, act; then notify its workflow, if what it acts on has changed.
import { MACHINE_CONDITIONS } from '../../api/conditions.ts';
import { ANNOTATIONS, FIELD_MANAGERS } from '../../api/names.ts';
import { machineKeyOf } from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { idOf, nameOf } from '../../common/kube/envelopes.ts';
import { BYO_MACHINES, type ObjectKey } from '../../common/kube/resources.ts';
import type { Logger } from '../../common/log.ts';
import { applyStatus, type StatusWriter } from '../runtime/apply-status.ts';
import type { Caches } from '../runtime/caches.ts';
import { decideMachine, decideNotification } from './decide.ts';
import { forceRelease } from './force-release.ts';
import { situationOf, type ObservedMachine } from './observe.ts';
import { MACHINE_FIELDS } from './status.ts';
import type { Result } from '../runtime/queue.ts';
import type { Notifier, Signaling, WorkflowSignaler } from '../temporal/notifier.ts';

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
  const { notifier } = deps;
  return async (key) => {
    const situation = await observe(deps, key);
    if (!situation) {
      notifier.forget(idOf(key));
      return {};
    }
    const decision = decideMachine(situation);
    const { machine } = situation;
    if (decision.kind === 'ForceRelease') await forceRelease(deps, machine);
    if (decision.kind === 'Adopt') await adopt(deps.kube, machine.metadata, decision);
    if (decision.kind !== 'Report') return {};
    const target = { kube: deps.kube, resource: BYO_MACHINES, object: machine };
    await applyStatus(target, WRITER, decision.status);
    return notify(deps, situation, decision.signal);
  };
}

async function observe(
  { kube, caches }: MachineReconcilerDependencies,
  key: ObjectKey,
): Promise<ObservedMachine | undefined> {
  const machine = await kube.find(BYO_MACHINES, key);
  return machine && situationOf(machine, caches);
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

function notify(
  { signaler, notifier, management }: MachineReconcilerDependencies,
  situation: ObservedMachine,
  how: Signaling,
): Promise<Result> {
  const { machine } = situation;
  const signal = () => signaler.signal(machineKeyOf(machine, management), how);
  return notifier.notify(nameOf(machine), decideNotification(situation, how), signal);
}
