// A reconciler's part of a status: applied as its own field manager, and only when it would change something.
import { isDeepStrictEqual } from 'node:util';
import type { ConditionUpdate } from '../../api/conditions.ts';
import type { Condition, ObjectMeta } from '../../api/meta.ts';
import type { Kube } from '../../common/kube/client.ts';
import { isSameConditions, mergeConditions } from '../../common/kube/conditions.ts';
import type { Resource } from '../../common/kube/resources.ts';

/** Fields by name (undefined: not there), and the conditions to change; others of ours stay as they are. */
export type StatusWish = { fields: Record<string, unknown>; conditions: ConditionUpdate[] };

/** Who writes, and what is his: fields that a wish leaves out are given up, conditions that it leaves out are kept. */
export type StatusWriter = { manager: string; fields: readonly string[]; conditions: readonly string[] };

type Target<T> = {
  kube: Kube;
  resource: Resource<T>;
  object: { metadata: ObjectMeta; status?: { conditions?: Condition[] | undefined } | undefined };
};

/** True when something was written. */
export async function applyStatus<T>(target: Target<T>, writer: StatusWriter, wish: StatusWish): Promise<boolean> {
  const { kube, resource, object } = target;
  const present = object.status?.conditions ?? [];
  const { namespace, name, generation } = object.metadata;
  const by = { own: writer.conditions, now: new Date(), generation };
  const conditions = mergeConditions(present, wish.conditions, by);
  const fields = pick(wish.fields, writer.fields);
  const same = isDeepStrictEqual(fields, pick(object.status ?? {}, writer.fields));
  if (same && isSameConditions(present, conditions)) return false;
  const body = { status: { ...fields, ...(conditions.length > 0 ? { conditions } : {}) } };
  await kube.apply(resource, { namespace, name }, { manager: writer.manager, subresource: 'status', body });
  return true;
}

/** The named fields that are there. */
function pick(values: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([name, value]) => names.includes(name) && value !== undefined)
      .map(([name, value]) => [name, asStored(value)]),
  );
}

/** As the API server gives it back: what is undefined is absent. */
function asStored(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
