// The workflow's own conditions of a ByoMachine, applied as one field manager: alone (activity), or with an effect.
import type { MachineView, Told } from '../../api/activities.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import { MACHINE_CONDITIONS, type ConditionUpdate } from '../../api/conditions.ts';
import { ANNOTATIONS, FIELD_MANAGERS, type MachineKey } from '../../api/names.ts';
import { isSameConditions, mergeConditions } from '../../common/kube/conditions.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_MACHINES } from '../../common/kube/resources.ts';
import { WORKFLOW_CONDITIONS } from './right/activity-input.ts';
import { keepTrue } from './right/decide-report.ts';
import { decideView } from './observe/decide-view.ts';
import type { Deed } from './right/deed.ts';
import type { ClusterDependencies } from './dependencies.ts';
import type { Situation } from './observe/situation.ts';

/** Writes nothing when nothing changed, or when the machine is gone; answers what is true then. */
export function createReportConditions(deps: ClusterDependencies): Deed<'reportConditions'> {
  return async (seen, { machine, conditions, passing }) =>
    writeReport(deps, seen, { machine, conditions, ...(passing && { blocked: false }) });
}

/** Holds `clusterctl move` back while an operation runs on the host. */
export function createSetBlockMove({ kube }: ClusterDependencies): Deed<'setBlockMove'> {
  return async ({ machine }, { blocked }) => {
    const change = machine ? moveChange(machine, blocked) : {};
    if (machine && Object.keys(change).length > 0) await setAnnotation(kube, machine, change);
  };
}

/** What a machine is made to say with an effect, and whether `clusterctl move` is held back from now on. */
export type Report = { machine: MachineKey; blocked?: boolean } & Told;

/** Annotations first, conditions last: whoever reads the condition finds the rest done. What contradicts the objects is left out. */
export async function writeReport(deps: ClusterDependencies, seen: Situation, report: Report): Promise<MachineView> {
  const { machine: key, blocked } = report;
  const { kube, clock = () => new Date() } = deps;
  if (!seen.machine) return decideView(seen, key);
  const conditions = keepTrue(seen, report);
  const changes = { ...moveChange(seen.machine, blocked), ...retryChange(seen.machine, conditions) };
  const annotated = Object.keys(changes).length > 0 ? await setAnnotation(kube, seen.machine, changes) : seen.machine;
  const machine = await applyConditions(kube, annotated, { conditions, now: clock() });
  return decideView({ ...seen, machine }, key);
}

/**
 * Writes one condition of the workflow's, if the machine is still as it was read: for whoever ends its run.
 * @throws KubeError of a conflict when it is not
 */
export async function retellCondition(kube: Kube, object: ByoMachine, condition: ConditionUpdate): Promise<void> {
  const { type, status, reason, message } = condition;
  await applyConditions(kube, object, { conditions: [{ type, status, reason, message }], now: new Date() });
}

async function applyConditions(
  kube: Kube,
  object: ByoMachine,
  { conditions, now }: { conditions: ConditionUpdate[]; now: Date },
): Promise<ByoMachine> {
  const present = object.status?.conditions ?? [];
  const { namespace, name, generation, resourceVersion } = object.metadata;
  // observedGeneration alone is no news: only what an update says is compared.
  const said = mergeConditions([], conditions, { own: WORKFLOW_CONDITIONS, now });
  if (isSameConditions(present, said)) return object;
  const merged = mergeConditions(present, conditions, { own: WORKFLOW_CONDITIONS, now, generation });
  const body = { status: { conditions: merged } };
  const change = { manager: FIELD_MANAGERS.workflow, subresource: 'status' as const, body, resourceVersion };
  return kube.apply(BYO_MACHINES, { namespace, name }, change);
}

type Annotations = Record<string, string | null>;

/** block-move, if it has to be put or taken away. */
function moveChange({ metadata }: ByoMachine, blocked: boolean | undefined): Annotations {
  if (blocked === undefined || ANNOTATIONS.blockMove in metadata.annotations === blocked) return {};
  return { [ANNOTATIONS.blockMove]: blocked ? 'true' : null };
}

/**
 * A request for another try is used up when the try has failed too. It goes before the condition says so: whoever dies
 * between the two leaves a machine that asks again for what it has, not one that tries for ever.
 */
function retryChange({ metadata }: ByoMachine, updates: ConditionUpdate[]): Annotations {
  const failed = updates.some(
    ({ type, status }) => type === MACHINE_CONDITIONS.bootstrapSucceeded && status === 'False',
  );
  return failed && ANNOTATIONS.retryBootstrap in metadata.annotations ? { [ANNOTATIONS.retryBootstrap]: null } : {};
}

/** Sets or (null) removes annotations of the ByoMachine, if it is still as it was read. */
function setAnnotation(
  kube: Kube,
  object: ByoMachine,
  annotations: Record<string, string | null>,
): Promise<ByoMachine> {
  const { namespace, name, resourceVersion } = object.metadata;
  const change = { manager: FIELD_MANAGERS.workflow, body: { metadata: { annotations } }, resourceVersion };
  return kube.patch(BYO_MACHINES, { namespace, name }, change);
}

/** `namespace/name` for messages. */
export function nameOfKey(key: MachineKey): string {
  return `${key.namespace}/${key.name}`;
}
