// What an informer knows: the objects of one kind, and when the server last spoke.
import type { Logger } from '../log.ts';
import { idOf, nameOf, StatusAnswer, type WatchEvent } from './envelopes.ts';
import { KubeError, type Unreadable } from './errors.ts';
import type { ObjectKey, Resource } from './resources.ts';

/** What happened to one object: `before` is undefined when it is new, `after` when it is gone. */
export type Change<T> = { key: ObjectKey; before?: T | undefined; after?: T | undefined };

export type Stored = { metadata: { name: string; namespace?: string | undefined; resourceVersion: string } };

/** `name` is `namespace/name`. */
type Named = Unreadable & { name: string };

export type ObjectStore<T> = {
  get: (key: ObjectKey) => T | undefined;
  /** Those that can be read, or could be once: whoever takes what is not among them for absent asks `unreadable` too. */
  list: (namespace?: string) => T[];
  /** What is there as well, as it is now. */
  unreadable: (namespace?: string) => Named[];
  /** When the server last said anything (milliseconds of `performance.now()`). */
  lastContact: () => number;
  /** A whole new list; those of `unreadable` exist but could not be read. */
  replace: (items: T[], unreadable: readonly Named[]) => void;
  /** One event of a watch; throws KubeError when the event is an error. */
  take: (event: WatchEvent) => void;
};

type StoreOptions<T> = { log: Logger; onChange: (change: Change<T>) => void };

/** An empty store; every difference is told to `onChange`, an object of the same resourceVersion is none. */
export function createObjectStore<T extends Stored>(resource: Resource<T>, options: StoreOptions<T>): ObjectStore<T> {
  const objects = new Map<string, T>();
  const spoilt = new Map<string, Unreadable>();
  let contact = -Infinity;
  const setObject = setterOf(objects, options.onChange);
  const set = (name: string, after: T | undefined): void => {
    spoilt.delete(name);
    setObject(name, after);
  };
  const replace: ObjectStore<T>['replace'] = (items, unreadable) => {
    contact = performance.now();
    const listed = new Set([...items.map((item) => nameOf(item)), ...unreadable.map(({ name }) => name)]);
    // An object that cannot be read any more is not gone: the last readable version stays.
    for (const name of objects.keys()) if (!listed.has(name)) set(name, undefined);
    for (const item of items) set(nameOf(item), item);
    spoilt.clear();
    for (const { name, what, why } of unreadable) spoilt.set(name, { what, why });
  };
  return {
    get: (key) => objects.get(idOf(key)),
    list: (namespace) => [...objects].filter(isIn(namespace)).map(([, object]) => object),
    unreadable: (namespace) => [...spoilt].filter(isIn(namespace)).map(([name, one]) => ({ name, ...one })),
    lastContact: () => contact,
    replace,
    take: (event) => {
      contact = performance.now();
      takeEvent(resource, event, { set, spoil: (name, one) => void spoilt.set(name, one), log: options.log });
    },
  };
}

function setterOf<T extends Stored>(objects: Map<string, T>, onChange: (change: Change<T>) => void) {
  return (name: string, after: T | undefined): void => {
    const before = objects.get(name);
    if (before?.metadata.resourceVersion === after?.metadata.resourceVersion) return;
    if (after) objects.set(name, after);
    else objects.delete(name);
    const known = after ?? before;
    if (known) onChange({ key: keyOf(known), before, after });
  };
}

/** Of the namespace, by `namespace/name`; of any without one. */
function isIn(namespace: string | undefined): (entry: [string, unknown]) => boolean {
  return ([name]) => namespace === undefined || name.startsWith(`${namespace}/`);
}

type Setting<T> = {
  set: (name: string, after: T | undefined) => void;
  spoil: (name: string, one: Unreadable) => void;
  log: Logger;
};

function takeEvent<T>(resource: Resource<T>, event: WatchEvent, { set, spoil, log }: Setting<T>): void {
  if (event.type === 'ERROR') throw toError(event.object);
  if (event.type === 'BOOKMARK') return;
  const name = nameOf(event.object);
  if (event.type === 'DELETED') {
    set(name, undefined);
    return;
  }
  const parsed = resource.schema.safeParse(event.object);
  if (parsed.success) return set(name, parsed.data);
  spoil(name, { what: `${resource.kind} ${name}`, why: parsed.error.issues[0]?.message ?? 'unknown shape' });
  log.error({ kind: resource.kind, name, error: parsed.error.message }, 'object cannot be read');
}

function toError(object: unknown): KubeError {
  const { code, reason, message } = StatusAnswer.parse(object);
  return new KubeError(code ?? 500, reason ?? 'Unknown', message ?? 'the watch ended with an error');
}

function keyOf(object: Stored): ObjectKey {
  const { name, namespace } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}
