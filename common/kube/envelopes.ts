// What the API server wraps objects in: pages of a list, watch events, and its Status answers.
import { z } from 'zod';

/** One page of a list (`metav1.List`). */
export const Page = z.object({
  items: z.array(z.unknown()).nullish(),
  metadata: z.object({ continue: z.string().optional(), resourceVersion: z.string().default('') }).prefault({}),
});

/** One line of a watch. */
export const WatchEvent = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
});
export type WatchEvent = z.infer<typeof WatchEvent>;

/** `metav1.Status`, or whatever else came instead of it. */
export const StatusAnswer = z
  .object({ code: z.number().optional(), reason: z.string().optional(), message: z.string().optional() })
  .catch({});

const Named = z
  .object({ metadata: z.object({ namespace: z.string().optional(), name: z.string().default('?') }) })
  .catch({ metadata: { name: '?' } });

/** `namespace/name` of whatever this is, for a message or as a key. */
export function nameOf(object: unknown): string {
  const { namespace, name } = Named.parse(object).metadata;
  return idOf(namespace === undefined ? { name } : { namespace, name });
}

/** `namespace/name`, as `nameOf` writes it. */
export function idOf(key: { namespace?: string; name: string }): string {
  return key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`;
}
