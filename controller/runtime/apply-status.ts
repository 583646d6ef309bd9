// A reconciler's part of a status: applied as its own field manager, and only when it would change something.
import { isDeepStrictEqual } from 'node:util';
import type { ConditionUpdate } from '../../api/conditions.ts';
import type { Condition, ObjectMeta } from '../../api/meta.ts';
import type { Kube } from '../../common/kube/client.ts';
import { isSameConditions, mergeConditions } from '../../common/kube/conditions.ts';
import { isConflict, isNotFound } from '../../common/kube/errors.ts';
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

/** What is applied: fields of the writer, and its conditions; `isFields`: other fields than those that are there. */
export type StatusChange = { fields: Record<string, unknown>; conditions: Condition[]; isFields: boolean };

/** Pure: what has to be written for the wish to come true; undefined when it has. */
export function decideChange(
  { metadata: { generation }, status = {} }: Target<unknown>['object'],
  writer: StatusWriter,
  wish: StatusWish,
  now: Date,
): StatusChange | undefined {
  const present = status.conditions ?? [];
  const conditions = mergeConditions(present, wish.conditions, { own: writer.conditions, now, generation });
  const fields = pick(wish.fields, writer.fields);
  const isFields = !isDeepStrictEqual(fields, pick(status, writer.fields));
  return isFields || !isSameConditions(present, conditions) ? { fields, conditions, isFields } : undefined;
}

/** Writes what would change something, and nothing else. */
export async function applyStatus<T>(target: Target<T>, writer: StatusWriter, wish: StatusWish): Promise<void> {
  const change = decideChange(target.object, writer, wish, new Date());
  if (change) await applyChange(target, writer, change);
}

/** Writes it whatever is there. */
export async function applyChange<T>(
  { kube, resource, object }: Target<T>,
  { manager }: StatusWriter,
  { fields, conditions }: StatusChange,
  resourceVersion?: string,
): Promise<void> {
  const { namespace, name } = object.metadata;
  const body = { status: { ...fields, ...(conditions.length > 0 ? { conditions } : {}) } };
  const versioned = resourceVersion === undefined ? {} : { resourceVersion };
  await kube.apply(resource, { namespace, name }, { manager, subresource: 'status', body, ...versioned });
}

/** Writes it if the object is still as it was heard of; false: it is not, and whatever is decided is decided on a fresh one. */
export async function applyIfSame<T>(target: Target<T>, writer: StatusWriter, change: StatusChange): Promise<boolean> {
  try {
    await applyChange(target, writer, change, target.object.metadata.resourceVersion);
    return true;
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return false;
    throw error;
  }
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
