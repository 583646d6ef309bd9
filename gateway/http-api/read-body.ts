// A request's body: JSON, bounded while it arrives, checked before anything sees it.
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { refuse } from './problem.ts';

/** @throws Refusal `BodyTooLarge`, `BadRequest` */
export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>, maxBytes: number): Promise<T> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw refuse('BodyTooLarge');
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const bytes = Buffer.from(part);
    size += bytes.length;
    if (size > maxBytes) throw refuse('BodyTooLarge');
    parts.push(bytes);
  }
  const parsed = schema.safeParse(parseJson(Buffer.concat(parts).toString('utf8')));
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
