// An API server that only answers reads, from objects as they are stored: for tests of what cannot be read, and of what it
// costs to read.
import { createKube, type Kube } from '../../common/kube/client.ts';
import { KubeError } from '../../common/kube/errors.ts';
import { pathOf, type Resource } from '../../common/kube/resources.ts';

type Stored = { metadata: { namespace: string; name: string; labels?: Record<string, string> } };

/** What was asked: how many requests, and how many objects the answers held. */
export type Asked = { requests: number; objects: number };

/** Nothing is watched here. */
async function* nothing(): AsyncGenerator {}

/** Whatever is asked for and not among `objects` is not there. Writes fail the test, but for conditions, if they are taken. */
export function kubeInMemory(
  objects: [Resource<unknown>, Stored[]][],
  asked: Asked = { requests: 0, objects: 0 },
  { takesConditions = false }: { takesConditions?: boolean } = {},
): Kube {
  const lists = new Map<string, Stored[]>();
  const named = new Map<string, Stored>();
  for (const [resource, items] of objects) {
    lists.set(pathOf(resource, { namespace: 'default' }), items);
    for (const one of items) named.set(pathOf(resource, one.metadata), one);
  }
  return createKube({
    request: async ({ method, path, query }) => {
      if (method !== 'GET') return takeConditions(takesConditions ? named : new Map(), `${method} ${path}`);
      asked.requests += 1;
      const one = named.get(path);
      const isList = one === undefined && (lists.has(path) || path.split('/').length === 7);
      if (!one && !isList) throw new KubeError(404, 'NotFound', `${path} is not there`);
      const items = (lists.get(path) ?? []).filter((item) => isSelected(item, query?.labelSelector));
      asked.objects += one ? 1 : items.length;
      return one ?? { items, metadata: {} };
    },
    stream: nothing,
  });
}

/** Answers the object as it was. */
function takeConditions(named: ReadonlyMap<string, Stored>, request: string): Stored {
  const told = named.get(/^PATCH (.*)\/status$/.exec(request)?.[1] ?? '');
  if (!told) throw new Error(`${request}: nothing may be written`);
  return told;
}

/** Selectors of the forms `a=b` and `a`, and several of them. */
function isSelected({ metadata: { labels = {} } }: Stored, selector = ''): boolean {
  const wanted = selector.split(',').filter((one) => one !== '');
  return wanted.every((one) => {
    const [name = '', value] = one.split('=');
    return name in labels && (value === undefined || labels[name] === value);
  });
}
