// An API server that only answers reads, from objects as they are stored: for tests of what cannot be read.
import { createKube, type Kube } from '../../common/kube/client.ts';
import { KubeError } from '../../common/kube/errors.ts';
import { pathOf, type Resource } from '../../common/kube/resources.ts';

type Stored = { metadata: { namespace: string; name: string } };

/** Nothing is watched here. */
async function* nothing(): AsyncGenerator {}

/** Whatever is asked for and not among `objects` is not there. Writes fail the test. */
export function kubeInMemory(objects: [Resource<unknown>, Stored[]][]): Kube {
  const answers = new Map<string, unknown>();
  for (const [resource, items] of objects) {
    answers.set(pathOf(resource, { namespace: 'default' }), { items, metadata: {} });
    for (const one of items) answers.set(pathOf(resource, one.metadata), one);
  }
  return createKube({
    request: async ({ method, path }) => {
      if (method !== 'GET') throw new Error(`${method} ${path}: nothing may be written`);
      const answer = answers.get(path);
      if (answer !== undefined) return answer;
      if (path.split('/').length === 7) return { items: [], metadata: {} };
      throw new KubeError(404, 'NotFound', `${path} is not there`);
    },
    stream: nothing,
  });
}
