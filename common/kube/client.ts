// The typed client: every read is checked against its schema at this edge, every write states what it expects to find.
import type { z } from 'zod';
import { nameOf, Page } from './envelopes.ts';
import { InvalidObjectError, isNotFound, UnreadableListError, type Unreadable } from './errors.ts';
import { pathOf, type ObjectKey, type Resource } from './resources.ts';
import type { Transport } from './transport.ts';

/** Every object of a list: one that cannot be read has thrown. */
type Listing<T> = { items: T[]; resourceVersion: string };

/** Objects that could be read, and those that could not: for whoever shows or watches them, and holds by himself. */
type ReadableListing<T> = Listing<T> & { invalid: (Unreadable & { name: string })[] };

type Scope = { namespace?: string; labelSelector?: string; fieldSelector?: string };

/** Parts of an object, in the API's own words. */
type Body = { metadata?: Record<string, unknown>; spec?: unknown; status?: unknown; data?: unknown };

/** Server-side apply: `manager` owns exactly the fields of `body`; with `resourceVersion` it is a compare-and-swap. */
type Apply = {
  manager: string;
  body: Body;
  subresource?: 'status';
  resourceVersion?: string;
};

/** JSON merge patch of the main resource; null removes. With `resourceVersion` it is a compare-and-swap. */
type MergePatch = { manager: string; body: Body; resourceVersion?: string };

export type Kube = {
  get: <T>(resource: Resource<T>, key: ObjectKey) => Promise<T>;
  /** undefined when the object is not there. */
  find: <T>(resource: Resource<T>, key: ObjectKey) => Promise<T | undefined>;
  /** What is not in it is not there. @throws UnreadableListError when a member cannot be read */
  list: <T>(resource: Resource<T>, where?: Scope) => Promise<Listing<T>>;
  listReadable: <T>(resource: Resource<T>, where?: Scope) => Promise<ReadableListing<T>>;
  create: <T>(resource: Resource<T>, body: Record<string, unknown>, namespace?: string) => Promise<T>;
  apply: <T>(resource: Resource<T>, key: ObjectKey, change: Apply) => Promise<T>;
  patch: <T>(resource: Resource<T>, key: ObjectKey, change: MergePatch) => Promise<T>;
  /** True when it was there. Throws Conflict when it is not the one that `precondition` names. */
  delete: <T>(resource: Resource<T>, key: ObjectKey, precondition?: Precondition) => Promise<boolean>;
  transport: Transport;
};

type Precondition = { uid?: string; resourceVersion?: string };

/** The client over a transport. Errors: KubeError, InvalidObjectError. */
export function createKube(transport: Transport): Kube {
  const get: Kube['get'] = async (resource, key) =>
    parseObject(resource, await transport.request({ method: 'GET', path: pathOf(resource, key) }));
  return {
    transport,
    get,
    find: async (resource, key) => absentIsUndefined(get(resource, key)),
    list: async (resource, where) => {
      const { invalid, ...listing } = await listReadable(transport, resource, where ?? {});
      if (invalid.length > 0) throw new UnreadableListError(invalid);
      return listing;
    },
    listReadable: (resource, where) => listReadable(transport, resource, where ?? {}),
    create: async (resource, body, namespace) => {
      const path = pathOf(resource, namespace === undefined ? {} : { namespace });
      const named = { apiVersion: resource.apiVersion, kind: resource.kind, ...body };
      return parseObject(resource, await transport.request({ method: 'POST', path, body: named }));
    },
    apply: (resource, key, change) => apply(transport, resource, key, change),
    patch: (resource, key, change) => patch(transport, resource, key, change),
    delete: async (resource, key, precondition) => {
      const body = precondition ? { preconditions: precondition } : {};
      const gone = transport.request({ method: 'DELETE', path: pathOf(resource, key), body });
      return (await absentIsUndefined(gone.then(() => true))) ?? false;
    },
  };
}

async function listReadable<T>(transport: Transport, resource: Resource<T>, where: Scope): Promise<ReadableListing<T>> {
  const path = pathOf(resource, where.namespace === undefined ? {} : { namespace: where.namespace });
  const found: ReadableListing<T> = { items: [], invalid: [], resourceVersion: '' };
  let next: string | undefined;
  do {
    // The few that a selector leaves are one page: with a limit, an older server reads all of etcd to find them.
    const query: Record<string, string> = where.labelSelector === undefined ? { limit: '500' } : {};
    if (where.labelSelector !== undefined) query.labelSelector = where.labelSelector;
    if (where.fieldSelector !== undefined) query.fieldSelector = where.fieldSelector;
    if (next) query.continue = next;
    const page = Page.parse(await transport.request({ method: 'GET', path, query }));
    for (const item of page.items ?? []) sortInto(found, resource, item);
    found.resourceVersion = page.metadata.resourceVersion;
    next = page.metadata.continue;
  } while (next);
  return found;
}

function sortInto<T>(found: ReadableListing<T>, resource: Resource<T>, item: unknown): void {
  const parsed = resource.schema.safeParse(item);
  if (parsed.success) found.items.push(parsed.data);
  else {
    const name = nameOf(item);
    found.invalid.push({ name, what: `${resource.kind} ${name}`, why: firstIssue(parsed.error) });
  }
}

async function apply<T>(t: Transport, resource: Resource<T>, key: ObjectKey, change: Apply): Promise<T> {
  const { metadata, ...rest } = change.body;
  const body = {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: { ...key, ...metadata, ...versioned(change.resourceVersion) },
    ...rest,
  };
  const path = pathOf(resource, key) + (change.subresource ? `/${change.subresource}` : '');
  const query = { fieldManager: change.manager, force: 'true' };
  return parseObject(
    resource,
    await t.request({ method: 'PATCH', path, query, body, contentType: 'application/apply-patch+yaml' }),
  );
}

async function patch<T>(t: Transport, resource: Resource<T>, key: ObjectKey, change: MergePatch): Promise<T> {
  const { metadata, ...rest } = change.body;
  const body = { metadata: { ...metadata, ...versioned(change.resourceVersion) }, ...rest };
  const query = { fieldManager: change.manager };
  const contentType = 'application/merge-patch+json';
  return parseObject(
    resource,
    await t.request({ method: 'PATCH', path: pathOf(resource, key), query, body, contentType }),
  );
}

function versioned(resourceVersion: string | undefined): { resourceVersion?: string } {
  return resourceVersion === undefined ? {} : { resourceVersion };
}

async function absentIsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Checks one object of the API server; the error names it. */
function parseObject<T>(resource: Resource<T>, object: unknown): T {
  const parsed = resource.schema.safeParse(object);
  if (parsed.success) return parsed.data;
  throw new InvalidObjectError(`${resource.kind} ${nameOf(object)}`, firstIssue(parsed.error));
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'unknown shape';
}
