// Activity: the workflow's own conditions of a ByoMachine, applied as one field manager.
import type { ByoMachine } from '../../api/byo-machine.ts';
import { MACHINE_CONDITIONS, type ConditionUpdate } from '../../api/conditions.ts';
import { ANNOTATIONS, FIELD_MANAGERS, type MachineKey } from '../../api/names.ts';
import { isSameConditions, mergeConditions } from '../../common/kube/conditions.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_MACHINES } from '../../common/kube/resources.ts';
import { WORKFLOW_CONDITIONS } from './activity-input.ts';
import { keepTrue } from './decide-report.ts';
import type { Deed } from './deed.ts';
import type { ClusterDependencies } from './dependencies.ts';

/** Writes nothing when nothing changed, or when the machine is gone. */
export function createReportConditions(deps: ClusterDependencies): Deed<'reportConditions'> {
  const clock = deps.clock ?? (() => new Date());
  return async (seen, input) => {
    const conditions = keepTrue(seen, input);
    if (!seen.machine || conditions.length === 0) return;
    const fresh = await takeRetryRequest(deps.kube, seen.machine, conditions);
    await applyConditions(deps.kube, fresh, { conditions, now: clock() });
  };
}

/**
 * Writes one condition of the workflow's with another message, if the machine is still as it was read: what the workflow
 * says meanwhile wins. For what changes too often to be told by a workflow.
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
): Promise<void> {
  const present = object.status?.conditions ?? [];
  const { namespace, name, generation, resourceVersion } = object.metadata;
  // observedGeneration alone is no news: only what an update says is compared.
  const said = mergeConditions([], conditions, { own: WORKFLOW_CONDITIONS, now });
  if (isSameConditions(present, said)) return;
  const merged = mergeConditions(present, conditions, { own: WORKFLOW_CONDITIONS, now, generation });
  await kube.apply(
    BYO_MACHINES,
    { namespace, name },
    {
      manager: FIELD_MANAGERS.workflow,
      subresource: 'status',
      body: { status: { conditions: merged } },
      resourceVersion,
    },
  );
}

/**
 * A request for another try is used up when the try has failed too. It goes before the condition says so: whoever dies
 * between the two leaves a machine that asks again for what it has, not one that tries for ever.
 */
async function takeRetryRequest(kube: Kube, object: ByoMachine, updates: ConditionUpdate[]): Promise<ByoMachine> {
  const failed = updates.some(
    ({ type, status }) => type === MACHINE_CONDITIONS.bootstrapSucceeded && status === 'False',
  );
  if (!failed || !(ANNOTATIONS.retryBootstrap in object.metadata.annotations)) return object;
  return setAnnotation(kube, object, { [ANNOTATIONS.retryBootstrap]: null });
}

/** Sets or (null) removes annotations of the ByoMachine, if it is still as it was read. */
export function setAnnotation(
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
