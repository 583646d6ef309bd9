// A request's body: JSON, bounded while it arrives, checked before anything sees it.
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { readBounded } from '../../common/bounded-body.ts';
import { refuse } from './problem.ts';

/** @throws Refusal `BodyTooLarge`, `BadRequest` */
export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>, maxBytes: number): Promise<T> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw refuse('BodyTooLarge');
  const body = await readBounded(request, maxBytes, () => refuse('BodyTooLarge'));
  const parsed = schema.safeParse(parseJson(body.toString('utf8')));
  if (parsed.success) return parsed.data;
  throw refuse('BadRequest');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is an unknown shape like any other: no schema of ours takes undefined.
    return undefined;
  }
}
