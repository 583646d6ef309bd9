// What a write to the API server is called: the same in every life, so that it can be told whether it has been seen.
import { z } from 'zod';

/** A request as it is sent; `body` is JSON. */
export type SentRequest = { method: string; url: string; body?: string | undefined };

const Condition = z.object({ type: z.string(), status: z.string().optional(), reason: z.string().optional() });

/**
 * Method, kind, object without the letters that chance gave it, field manager, and what is written: conditions by type,
 * status and reason, all else by the paths of its fields. No time and no value of a counter is part of it. Undefined for
 * what only reads, and for Events, which are told at most once and may be lost.
 */
export function nameRequest({ method, url, body }: SentRequest): string | undefined {
  if (method === 'GET') return undefined;
  const { pathname, searchParams } = new URL(url);
  const [, plural = pathname, object = ''] = /\/namespaces\/[^/]+\/([^/]+)(\/.*)?$/.exec(pathname) ?? [];
  if (plural === 'events') return undefined;
  const content: unknown = body === undefined ? {} : JSON.parse(body);
  const manager = searchParams.get('fieldManager') ?? '';
  return [method, `${plural}${withoutChance(object)}`, manager, ...fieldsOf(content)]
    .filter((word) => word !== '')
    .join(' ');
}

/** `-x7k2p` of generateName (letters as in k8s.io/apimachinery/util/rand), hashes of MachineSets before it. */
function withoutChance(name: string): string {
  return name.replaceAll(/-[bcdfghjklmnpqrstvwxz2456789]{5}(?=[-/]|$)/g, '');
}

const NOT_TOLD = new Set(['apiVersion', 'kind', 'metadata.name', 'metadata.namespace', 'metadata.resourceVersion']);

function fieldsOf(value: unknown, path = ''): string[] {
  if (NOT_TOLD.has(path)) return [];
  if (path.endsWith('conditions')) return z.array(Condition).parse(value).map(describeCondition).toSorted();
  if (value === null) return [`${path}=null`];
  if (typeof value !== 'object' || Array.isArray(value)) return [path];
  const fields = Object.entries(value).flatMap(([name, inner]) =>
    fieldsOf(inner, path === '' ? name : `${path}.${name}`),
  );
  return fields.toSorted();
}

function describeCondition({ type, status, reason }: z.infer<typeof Condition>): string {
  return `${type}=${status ?? ''}/${reason ?? ''}`;
}
