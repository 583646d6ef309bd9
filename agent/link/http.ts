// HTTP over the agent's own connections: JSON both ways, sizes and times bounded.
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { callbackify } from 'node:util';
import type { z } from 'zod';
import { readBounded } from '../../common/bounded-body.ts';
import { createOneByOne } from '../../common/one-by-one.ts';
import type { Dial } from './dial.ts';
import { CERTIFICATE_REFUSED, refusalOf, unreachable, type GatewayRefusal } from './refusal.ts';
import type { Dated } from './server-clock.ts';

const REQUEST_TIMEOUT_MILLISECONDS = 20_000;
const LARGEST_ANSWER = 256 * 1024;

type Call = { method: 'POST' | 'PUT'; path: string; body: object; signal?: AbortSignal | undefined };

/** Sends one request and checks the answer's shape. @throws GatewayRefusal; ByoError `GatewayUnreachable` */
export type GatewayClient = <Schema extends z.ZodType>(call: Call, schema: Schema) => Promise<z.infer<Schema>>;

/** Hears what every answer tells beside its body. */
export type Listening = { onAnswer?: (dated: Dated) => void; onRefusal?: (refusal: GatewayRefusal) => void };

/** Requests go one after the other over one connection, which is kept for the next. */
export function createGatewayClient(dial: Dial, { onAnswer, onRefusal }: Listening = {}): GatewayClient {
  const agent = createDialAgent(dial);
  const inTurn = createOneByOne();
  return async (call, schema) => {
    // Node counts a connection against maxSockets once it stands: two requests at a time would dial twice.
    const { status, body, retryAfter, ...dated } = await inTurn('', () => send(agent, call));
    onAnswer?.(dated);
    if (status >= 200 && status < 300) return parseAnswer(schema, body);
    // The gateway judges a connection once: with another certificate one must come anew.
    if (status === CERTIFICATE_REFUSED) agent.destroy();
    const refusal = refusalOf({ status, body, retryAfter });
    onRefusal?.(refusal);
    throw refusal;
  };
}

/** An agent of node:http over connections that we dial. Nothing of it is TLS: the sockets are, already. */
export function createDialAgent(dial: Dial): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = (_options, callback) => {
    callbackify(() => dial('http/1.1'))((error, socket) => callback?.(error, socket));
    return undefined;
  };
  return agent;
}

function parseAnswer<Schema extends z.ZodType>(schema: Schema, body: string): z.infer<Schema> {
  try {
    return schema.parse(body === '' ? undefined : JSON.parse(body));
  } catch (cause) {
    throw unreachable('the gateway answered something that this agent does not know', cause);
  }
}

type Answer = Dated & { status: number; body: string; retryAfter?: string | undefined };

async function send(agent: Agent, call: Call): Promise<Answer> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS);
  const signal = call.signal ? AbortSignal.any([timeout, call.signal]) : timeout;
  const text = JSON.stringify(call.body);
  const headers = {
    accept: 'application/json',
    'user-agent': 'byo-agent',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  const askedAt = performance.now();
  const sent = request({ agent, method: call.method, path: call.path, host: 'byo-gateway', headers, signal });
  sent.end(text);
  try {
    const answer = await responseOf(sent);
    const answeredAt = performance.now();
    const { date, 'retry-after': retryAfter } = answer.headers;
    return { status: answer.statusCode ?? 0, body: await readText(answer), retryAfter, date, askedAt, answeredAt };
  } catch (error) {
    call.signal?.throwIfAborted();
    throw timeout.aborted ? unreachable('the gateway did not answer in time', error) : error;
  }
}

/** The answer's head; rejects when the connection fails first. */
export function responseOf(sent: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.once('response', resolve);
  sent.on('error', reject);
  return promise;
}

/** @throws Error when it is larger than any answer of ours */
export async function readText(answer: IncomingMessage): Promise<string> {
  return (await readBounded(answer, LARGEST_ANSWER, tooLarge)).toString('utf8');
}

function tooLarge(): Error {
  return new Error('the gateway answered more than 256 KiB');
}
