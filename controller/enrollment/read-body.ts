// The body of a request, never more than a bound.
import type { IncomingMessage } from 'node:http';

/** A signed request is at most 16 KiB of text and a little JSON around it. */
const MAX_BYTES = 20 * 1024;

/** The body is longer than the bound. */
export class TooLarge extends Error {
  constructor() {
    super(`a body has at most ${MAX_BYTES} bytes`);
    this.name = 'TooLarge';
  }
}

/** Text in UTF-8. @throws TooLarge as soon as the bound is passed; the rest is not kept */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_BYTES) throw new TooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
