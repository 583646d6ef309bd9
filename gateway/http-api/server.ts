// The HTTP/1.1 server behind the front: times, sizes, and one place where refusals are sent and counted.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { describeError } from '../../common/errors.ts';
import { AUDIT_ACTIONS } from '../audit.ts';
import type { BoundedLog } from '../bounded-log.ts';
import type { Caller } from '../connections/admit.ts';
import type { Audit } from '../peer.ts';
import { routeOf, type Api } from './api.ts';
import { refusalOf, toAnswer, type Refusal } from './problem.ts';

/** A host speaks at least once a minute; a whole request that takes longer than this is not coming. */
const TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 90_000 };
const SIZES = { maxHeaderSize: 8 * 1024, maxHeadersCount: 64, maxRequestsPerSocket: 1000 };
/** Nothing read or written for this long: a download that its host no longer takes. */
const SILENCE_MS = 120_000;
const CHECK_MS = 2_000;

export type HttpOptions = {
  api: Api;
  audit: Audit;
  log: BoundedLog;
  /** Counts an answer, or a request cut short, by path and status. */
  onAnswer: (route: string, outcome: string) => void;
};

export type HttpServer = { accept: (socket: TLSSocket, caller: Caller) => void; close: () => void };

export function createHttpServer(options: HttpOptions): HttpServer {
  const callers = new WeakMap<Duplex, Caller>();
  const { maxHeadersCount, maxRequestsPerSocket, ...sizes } = SIZES;
  const server = createServer({ ...TIMES, ...sizes, connectionsCheckingInterval: CHECK_MS });
  Object.assign(server, { maxHeadersCount, maxRequestsPerSocket });
  server.setTimeout(SILENCE_MS, (socket) => socket.destroy());
  server.on('request', (request, response) => {
    void answer({ ...options, request, response, caller: callers.get(request.socket) ?? { address: '' } });
  });
  // Neither is ever wanted here; unanswered they would hold the socket.
  for (const event of ['upgrade', 'connect']) server.on(event, (_request, socket: Duplex) => socket.destroy());
  server.on('clientError', (_error, socket) => socket.destroy());
  watchTimes(server);
  return {
    accept: (socket, caller) => {
      callers.set(socket, caller);
      server.emit('connection', socket);
    },
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}

/** Node begins to enforce headersTimeout and requestTimeout when a server listens; ours is handed its connections. */
function watchTimes(server: Server): void {
  server.emit('listening');
}

type Asked = HttpOptions & { request: IncomingMessage; response: ServerResponse; caller: Caller };

/** Never rejects: whatever goes wrong is sent, or ends the socket when an answer has begun. */
async function answer(asked: Asked): Promise<void> {
  const { api, onAnswer, request, response, caller } = asked;
  const route = routeOf(request.url ?? '') ?? 'unknown';
  try {
    await api(request, response, caller);
    onAnswer(route, String(response.statusCode));
  } catch (error) {
    if (response.headersSent || response.destroyed) {
      onAnswer(route, 'cut');
      response.destroy();
      return;
    }
    const refusal = refusalOf(error);
    note(asked, { route, refusal, error });
    send(response, { ...toAnswer(refusal, Math.random()), isRead: request.complete });
    onAnswer(route, String(refusal.status));
  }
}

type Refused = { route: string; refusal: Refusal; error: unknown };

/** Faults of ours go to the log, refusals for want of a right to the audit trail. */
function note({ audit, log, caller }: Asked, { route, refusal, error }: Refused): void {
  const { status, problem } = refusal;
  if (status >= 500 && error !== refusal) log.warn({ route, error: describeError(error) }, 'a request failed');
  if (status !== 401 && status !== 403) return;
  const who = caller.peer ? { peer: caller.peer } : { address: caller.address };
  audit({ act: AUDIT_ACTIONS.request, outcome: 'denied', ...who, target: route, why: problem.reason });
}

type Sent = ReturnType<typeof toAnswer> & { isRead: boolean };

function send(response: ServerResponse, { status, body, retryAfter, isRead }: Sent): void {
  if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
  // What is left of a body that we refuse to read must not be taken for the next request.
  if (!isRead) response.setHeader('Connection', 'close');
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/problem+json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}
