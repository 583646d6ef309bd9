// Bytes to and from one API server: authentication and TLS by @kubernetes/client-node, raw paths and bodies by us, since
// its typed creates lose every x-kubernetes-* key, and its way through fetch costs three times the processor time.
import { HttpMethod, RequestContext, type KubeConfig } from '@kubernetes/client-node';
import { readBounded } from '../bounded-body.ts';
import { withoutRedirects, type Dispatcher } from './dispatcher.ts';
import { StatusAnswer } from './envelopes.ts';
import { KubeError } from './errors.ts';

type Response = Awaited<ReturnType<Dispatcher['request']>>;

export type Request = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
};

export type Transport = {
  /** The parsed JSON answer; KubeError for everything that is not 2xx. Bounded by `timeoutMs`. */
  request: (request: Request) => Promise<unknown>;
  /** The lines of an endless answer (watch), until the server ends it or `signal` aborts. */
  stream: (request: Request, signal: AbortSignal) => AsyncGenerator;
};

/** Certificates on disk are rotated under a running process: a pool of connections is kept no longer than this (monotonic). */
const POOL_LIFETIME_MS = 10 * 60_000;

/** `timeoutMs` bounds one request from connect to last byte (default 30 s), `largestAnswer` its bytes. */
export type TransportOptions = { timeoutMs?: number | undefined; largestAnswer?: number };

/** A transport for the current context. No redirect is followed, and no proxy taken but one that the kubeconfig names. */
export function createTransport(config: KubeConfig, options: TransportOptions = {}): Transport {
  const { timeoutMs = 30_000, largestAnswer = Infinity } = options;
  const send = createSender(config);
  return {
    request: async (request) => {
      const signal = AbortSignal.timeout(timeoutMs);
      return withCause(request, async () => {
        const response = await send(request, signal);
        return toAnswer(request, response.statusCode, await readText(response, largestAnswer));
      });
    },
    stream: (request, signal) => readLines(request, signal, send),
  };
}

type Sender = (request: Request, signal: AbortSignal) => Promise<Response>;

function createSender(config: KubeConfig): Sender {
  const server = config.getCurrentCluster()?.server.replace(/\/$/, '');
  if (!server) throw new KubeError(0, 'Unreachable', 'the kubeconfig names no cluster in its current context');
  let pool: { dispatcher: Dispatcher; until: number } | undefined;
  return async (request, signal) => {
    const url = new URL(server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const context = new RequestContext(url.toString(), HttpMethod[request.method]);
    await config.applySecurityAuthentication(context);
    // The library makes a new pool, and so a new TLS handshake, for each request: one is kept and shared.
    if (!pool || pool.until < performance.now()) {
      pool = { dispatcher: ownConnections(context), until: performance.now() + POOL_LIFETIME_MS };
    }
    const response = await pool.dispatcher.request({
      ...SILENT_BODIES,
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: { ...saidBy(context), accept: 'application/json', ...contentOf(request) },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    });
    // A pool whose credentials the server no longer takes is not used again.
    if (response.statusCode === 401) pool = undefined;
    return response;
  };
}

/** A watch may say nothing for minutes; each request has a bound of its own in its signal. */
const SILENT_BODIES = { bodyTimeout: 0, headersTimeout: 0 } as const;

/** Who asks: without a name, audit logs and what owns the fields of a new object say nothing of it. */
const USER_AGENT = 'byo';

/** A token out of a file may end with a newline: as in fetch, that is none of it; as it is, the request would be refused. */
function saidBy(context: RequestContext): Record<string, string> {
  const headers = Object.entries(context.getHeaders()).map(([name, value]) => [name.toLowerCase(), value.trim()]);
  return { 'user-agent': USER_AGENT, ...Object.fromEntries(headers) };
}

function contentOf({ body, contentType = 'application/json' }: Request): Record<string, string> {
  return body === undefined ? {} : { 'content-type': contentType };
}

/** None of the whole process, which NODE_USE_ENV_PROXY turns into a proxy. */
function ownConnections(context: RequestContext): Dispatcher {
  const dispatcher = context.getDispatcher();
  if (dispatcher) return withoutRedirects(dispatcher);
  throw new KubeError(0, 'Unreachable', 'the kubeconfig states no trust of its own');
}

/** Counted as it comes: whoever answers may send without end. */
async function readText({ body }: Response, most: number): Promise<string> {
  const tooLarge = () => new Error(`the answer is larger than ${most} bytes`);
  return (await readBounded(body, most, tooLarge)).toString('utf8');
}

async function* readLines(request: Request, signal: AbortSignal, send: Sender): AsyncGenerator {
  const { statusCode, body } = await withCause(request, () => send(request, signal));
  if (statusCode !== 200) toAnswer(request, statusCode, await withCause(request, () => body.text()));
  let rest = '';
  const decoder = new TextDecoder();
  const parts: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await withCause(request, () => parts.next());
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
}

function toAnswer(request: Request, status: number, text: string): unknown {
  const parsed = parse(text);
  if (status >= 200 && status < 300) return parsed;
  const { reason, message } = StatusAnswer.parse(parsed);
  const what = `${request.method} ${request.path}`;
  throw new KubeError(status, reason ?? 'Unknown', `${what}: ${status} ${message ?? text.slice(0, 200)}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's HTML or nothing at all: the status alone speaks, and the caller quotes the text.
    return undefined;
  }
}

/** No answer becomes a KubeError with status 0; errors of ours pass. */
async function withCause<T>(request: Request, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof KubeError) throw error;
    const inner = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new KubeError(0, 'Unreachable', `${request.method} ${request.path}: no answer (${inner})`, error);
  }
}
