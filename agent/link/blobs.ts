// Bytes of bundles from the gateway. Whoever reads verifies: nothing is promised about them here.
import { request, type IncomingMessage } from 'node:http';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import type { BlobReader } from '../../bundle/sources/gateway-source.ts';
import type { Dial } from './dial.ts';
import { createDialAgent, readText, responseOf } from './http.ts';
import { refusalOf } from './refusal.ts';

/** Without a byte for this long, a download is given up; it goes on from there at the next try. */
const SILENCE_MILLISECONDS = 30_000;

export function createBlobReader(dial: Dial): BlobReader {
  const agent = createDialAgent(dial);
  return async ({ path, offset, signal }) => {
    const headers = { 'user-agent': 'byo-agent', ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) };
    const sent = request({ agent, path: `${GATEWAY_PATHS.blobs}${path}`, host: 'byo-gateway', headers, signal });
    sent.setTimeout(SILENCE_MILLISECONDS, () => sent.destroy(new Error('the gateway has sent nothing for 30 s')));
    sent.end();
    const answer = await responseOf(sent);
    if (isFrom(answer, offset)) return answer;
    if (answer.statusCode === 404) {
      answer.resume();
      return undefined;
    }
    throw await refusalFrom(answer, offset);
  };
}

function isFrom({ statusCode, headers }: IncomingMessage, offset: number): boolean {
  if (statusCode === 200) return offset === 0;
  return statusCode === 206 && (headers['content-range'] ?? '').startsWith(`bytes ${offset}-`);
}

async function refusalFrom(answer: IncomingMessage, offset: number): Promise<Error> {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) {
    answer.destroy();
    return new Error(`the gateway did not answer from byte ${offset} on`);
  }
  return refusalOf({ status, body: await readText(answer), retryAfter: answer.headers['retry-after'] });
}
