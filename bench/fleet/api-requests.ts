// What the API server was asked for, as it counts it itself, without what the bench asked for.
import type { Kube } from '../../common/kube/client.ts';
import { createKube } from '../../common/kube/client.ts';
import type { Request } from '../../common/kube/transport.ts';
import type { Kubectl } from '../../harness/kubectl.ts';
import { round } from '../statistics.ts';

/** How often, by `<verb> <resource>`. */
export type Requests = Map<string, number>;

const SERIES = /^apiserver_request_total\{(.*)\} (\S+)$/gm;
const VERBS: Record<Request['method'], string> = { GET: 'GET', POST: 'POST', PATCH: 'PATCH', DELETE: 'DELETE' };
const KINDS = { reads: /^(GET|LIST) /, writes: /^(APPLY|PATCH|POST|PUT|DELETE) / } as const;

/** Requests that went well, so far; one that met a newer object counts as well: it cost as much. */
export async function readRequests(kubectl: Kubectl): Promise<Requests> {
  const text = await kubectl.run(['get', '--raw', '/metrics']);
  const requests: Requests = new Map();
  for (const [, labels = '', count = '0'] of text.matchAll(SERIES)) {
    const of = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const resource = [of('resource'), of('subresource')].filter(Boolean).join('/');
    if (/^[245]/.test(of('code'))) add(requests, `${of('verb')} ${resource}`, Number(count));
  }
  return requests;
}

/** A client that is counted as the server counts, so that its part can be taken away. */
export function countRequests(kube: Kube): { kube: Kube; own: () => Requests } {
  const own: Requests = new Map();
  const { transport } = kube;
  const counted = createKube({
    ...transport,
    request: (request) => {
      add(own, nameOf(request), 1);
      return transport.request(request);
    },
  });
  return { kube: counted, own: () => new Map(own) };
}

function nameOf({ method, path, contentType }: Request): string {
  const isApply = contentType?.startsWith('application/apply-patch') ?? false;
  const rest = path.replace(/^\/(api|apis\/[^/]+)\/[^/]+\//, '').replace(/^namespaces\/[^/]+\//, '');
  const [resource = '', , subresource] = rest.split('/');
  return `${isApply ? 'APPLY' : VERBS[method]} ${[resource, subresource].filter(Boolean).join('/')}`;
}

/** Two moments, and what the bench itself asked for in between. */
export type Spent = { before: Requests; after: Requests; own: Requests };

/** Requests of a kind for each of so many machines; what is rarer than one in a hundred machines is left out. */
export function requestsOf(
  kind: keyof typeof KINDS,
  { before, after, own }: Spent,
  machines: number,
): Record<string, number> {
  const found = [...after].map(([name, count]): [string, number] => {
    const others = count - (before.get(name) ?? 0) - (own.get(name) ?? 0);
    return [name, round(others / machines, 2)];
  });
  const shown = found.filter(([name, each]) => KINDS[kind].test(name) && each > 0.01).toSorted(([, a], [, b]) => b - a);
  return Object.fromEntries(shown);
}

function add(requests: Requests, name: string, count: number): void {
  requests.set(name, (requests.get(name) ?? 0) + count);
}
