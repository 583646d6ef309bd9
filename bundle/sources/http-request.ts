// Requests of HTTP and HTTPS to the sources of bundles: proxies by the environment, the machine's own trust, no silence
// for ever, and nobody who sends us to another server.
import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getCACertificates } from 'node:tls';
import { BundleError } from '../errors.ts';
import { hasCode } from '../../common/system-error.ts';
import { nameBreak } from './breaks.ts';

/** `silenceMilliseconds`: without a byte for this long the request has failed. */
export type HttpOptions = { readonly silenceMilliseconds?: number };

/** `body` is sent as it comes; a request with one is not sent twice. */
export type HttpRequest = HttpOptions & {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Readable;
  readonly signal?: AbortSignal | undefined;
};

const SILENCE_MILLISECONDS = 30_000;
const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** One an origin's protocol: connections are kept between blobs, and the machine's trust is read once. */
const agents = new Map<string, HttpAgent>();

function agentFor(protocol: string): HttpAgent {
  const known = agents.get(protocol);
  if (known) return known;
  const options = { keepAlive: true, proxyEnv: process.env };
  const made =
    protocol === 'https:' ? new HttpsAgent({ ...options, ca: getCACertificates('system') }) : new HttpAgent(options);
  agents.set(protocol, made);
  return made;
}

/**
 * The head of the answer, whatever its status; redirects within the origin are followed.
 * @throws BundleError `SourceInterrupted`, `SourceRefused` for a redirect to elsewhere; the signal's reason when aborted
 */
export async function sendHttp(asked: HttpRequest): Promise<IncomingMessage> {
  let { url } = asked;
  for (let left = MOST_REDIRECTS; left >= 0; left -= 1) {
    const answer = await sendAndName({ ...asked, url });
    const { location } = answer.headers;
    if (!REDIRECTS.has(answer.statusCode ?? 0) || location === undefined || asked.body) return answer;
    answer.resume();
    url = decideRedirect(url, location);
  }
  throw new BundleError('SourceRefused', `${asked.url.href} redirects more than ${MOST_REDIRECTS} times`);
}

/** Whoever names a source means that server, and so do firewalls; a server cannot send a host to any other. */
function decideRedirect(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to?.origin === from.origin) return to;
  const where = to?.origin.slice(0, 200) ?? 'nowhere';
  throw new BundleError('SourceRefused', `${from.href} redirects to another server, ${where}: that is not followed`);
}

async function sendAndName(asked: HttpRequest): Promise<IncomingMessage> {
  for (;;) {
    const sent = startRequest(asked);
    try {
      return await answerTo(sent, asked.body);
    } catch (error) {
      // A kept connection may have been closed by the other end just now: that says nothing about the server.
      if (sent.reusedSocket && hasCode(error, 'ECONNRESET') && !asked.body) continue;
      throw nameBreak(error, asked.url.href, asked.signal);
    }
  }
}

function startRequest({ method = 'GET', url, headers, signal, silenceMilliseconds }: HttpRequest): ClientRequest {
  const silence = silenceMilliseconds ?? SILENCE_MILLISECONDS;
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const sent = send(url, {
    method,
    agent: agentFor(url.protocol),
    headers: { 'user-agent': 'byo-bundle', 'accept-encoding': 'identity', ...headers },
    timeout: silence,
    ...(signal && { signal }),
  });
  sent.on('timeout', () => sent.destroy(new Error(`it has sent nothing for ${silence / 1000} s`)));
  return sent;
}

async function answerTo(sent: ClientRequest, body: Readable | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.once('response', resolve);
  // Stays: what goes wrong after the head is told by the body as well.
  sent.on('error', reject);
  // An answer may come before the body is sent: then the answer counts.
  if (body) pipeline(body, sent).catch(reject);
  else sent.end();
  return promise;
}
