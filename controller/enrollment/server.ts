// The door for gateways: HTTPS, TLS 1.3, only for a certificate of our CA that names a gateway of this installation.
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket, type SecureContextOptions } from 'node:tls';
import { readBounded } from '../../common/bounded-body.ts';
import { GATEWAY_PATHS, SignedRequest, type Problem, type SignedAnswer } from '../../api/gateway.ts';
import { describeError } from '../../common/errors.ts';
import { parseIdentity } from '../../common/keys/identity.ts';
import type { Logger } from '../../common/log.ts';
import { REFUSED, refusalOf } from './refusal.ts';

/** Answers a signed request with a signed answer. @throws as `enroll` and `renew` do */
type Handler = (request: string) => Promise<string>;

export type ServerOptions = {
  installation: string;
  handlers: { enroll: Handler; renew: Handler };
  log: Logger;
};

/** A signed request is at most 16 KiB of text and a little JSON around it. */
const MAX_BYTES = 20 * 1024;

/** The body is longer than the bound. */
class TooLarge extends Error {
  constructor() {
    super(`a body has at most ${MAX_BYTES} bytes`);
    this.name = 'TooLarge';
  }
}

/** Gateways keep few connections; whoever opens more is no gateway of ours. */
const MAX_CONNECTIONS = 256;
const RETRY_SECONDS = 5;

/** Not listening yet; `setSecureContext` takes a renewed certificate without a pause. */
export function createEnrollmentServer(options: ServerOptions, tls: SecureContextOptions): Server {
  const server = createServer(
    {
      ...tls,
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout: 10_000,
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 60_000,
      maxHeaderSize: 8192,
    },
    (request, response) => void handle(options, request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  // A peer that is no client of ours, or no TLS at all: nothing to say to it, and nothing of ours is wrong.
  server.on('tlsClientError', (error) => options.log.debug({ error: describeError(error) }, 'handshake refused'));
  return server;
}

async function handle(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { status, body } = await respond(options, request);
    send(response, status, body);
  } catch (error) {
    fail(options.log, response, error);
  }
}

type Said = { status: number; body: SignedAnswer | Problem };

async function respond({ installation, handlers }: ServerOptions, request: IncomingMessage): Promise<Said> {
  if (!isGateway(request, installation)) {
    return problem(403, 'NotAGateway', 'only gateways of this installation may ask');
  }
  const handler = { [GATEWAY_PATHS.enroll]: handlers.enroll, [GATEWAY_PATHS.renew]: handlers.renew }[request.url ?? ''];
  if (!handler) return problem(404, 'NotFound', 'there is no such path');
  if (request.method !== 'POST') return problem(405, 'MethodNotAllowed', 'use POST');
  const parsed = SignedRequest.safeParse(await readJson(request));
  if (!parsed.success) return problem(400, 'BadRequest', 'the body is not {"request": "<compact JWS>"}');
  return { status: 200, body: { answer: await handler(parsed.data.request) } };
}

function isGateway({ socket }: IncomingMessage, installation: string): boolean {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return false;
  const identity = parseIdentity(socket.getPeerCertificate().subjectaltname);
  return identity?.kind === 'gateway' && identity.installation === installation;
}

/** undefined when it is no JSON: the schema then refuses it. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBounded(request, MAX_BYTES, () => new TooLarge());
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Said to the caller as 400 by the check of its shape.
    return undefined;
  }
}

function fail(log: Logger, response: ServerResponse, error: unknown): void {
  const refusal = refusalOf(error);
  if (refusal) {
    log.warn({ why: refusal.message }, 'enrollment refused');
    return send(response, 403, { ...REFUSED, ...refusal.told });
  }
  if (error instanceof TooLarge) {
    response.setHeader('Connection', 'close');
    return send(response, 413, problem(413, 'TooLarge', error.message).body);
  }
  log.error({ error: describeError(error) }, 'an enrollment could not be worked on');
  const remedy = 'The host tries again by itself; if this stays, see the log of the controller';
  const message = 'the controller cannot answer just now';
  response.setHeader('Retry-After', String(RETRY_SECONDS));
  send(response, 503, { reason: 'Unavailable', message, remedy, retryAfterSeconds: RETRY_SECONDS });
}

function problem(status: number, reason: string, message: string): { status: number; body: Problem } {
  return { status, body: { reason, message, remedy: 'Use a gateway of the version of this controller' } };
}

function send(response: ServerResponse, status: number, body: SignedAnswer | Problem): void {
  const type = 'answer' in body ? 'application/json' : 'application/problem+json';
  if (!response.headersSent) response.writeHead(status, { 'Content-Type': type }).end(JSON.stringify(body));
}
