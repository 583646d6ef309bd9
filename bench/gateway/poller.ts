// What the SDK's worker says over a connection that stands: its start, one long poll, a heartbeat a minute, HTTP/2 pings.
import { connect, type ClientHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import proto from '@temporalio/proto';
import { hostQueueOf } from '../../api/names.ts';

const wire = proto.temporal.api.workflowservice.v1;
const SERVICE = '/temporal.api.workflowservice.v1.WorkflowService/';
/** As the SDK's core does it (1.24): neither can be set there. */
const PING_MS = 30_000;
const WORKER_HEARTBEAT_MS = 60_000;
/** First and longest pause of the SDK between polls that failed. */
const POLL_PAUSE = { first: 200, longest: 10_000 };

/** `onTask` is given what a poll brought, and a way to answer; the next poll does not wait for it. */
export type PollEvents = {
  onPoll: () => void;
  onPollEnd: (code: number | 'cut') => void;
  onTask?: (bytes: Uint8Array, say: (method: string, body: Uint8Array) => Promise<unknown>) => void;
};

/** Polls until the connection has ended; `isFirst`: what a worker asks once, before its first poll, is asked too. */
export async function pollOn(
  socket: TLSSocket,
  host: { hostID: string; isFirst: boolean },
  events: PollEvents,
): Promise<void> {
  // A session over a connection that has ended never tells of its end.
  if (socket.destroyed) return;
  const session = connect('http://byo-gateway', { createConnection: () => socket });
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  session.once('close', resolve);
  // Whatever it ended by, its end is what counts.
  session.on('error', () => undefined);
  const timers = [
    setInterval(() => session.ping(() => undefined), PING_MS),
    setInterval(() => void call(session, 'RecordWorkerHeartbeat', new Uint8Array()), WORKER_HEARTBEAT_MS),
  ];
  try {
    await Promise.race([closed, keepPolling(session, host, events)]);
    await closed;
  } finally {
    timers.forEach(clearInterval);
    session.destroy();
  }
}

async function introduce(session: ClientHttp2Session): Promise<void> {
  await call(session, 'GetSystemInfo', new Uint8Array());
  await call(session, 'DescribeNamespace', wire.DescribeNamespaceRequest.encode({ namespace: 'default' }).finish());
}

async function keepPolling(
  session: ClientHttp2Session,
  { hostID, isFirst }: { hostID: string; isFirst: boolean },
  events: PollEvents,
): Promise<void> {
  if (isFirst) await introduce(session);
  const taskQueue = { name: hostQueueOf(hostID), kind: 1 };
  const poll = { namespace: 'default', taskQueue, identity: hostID };
  const body = wire.PollActivityTaskQueueRequest.encode(poll).finish();
  for (let failures = 0; !session.closed && !session.destroyed;) {
    events.onPoll();
    const { code, bytes } = await call(session, 'PollActivityTaskQueue', body);
    events.onPollEnd(code);
    if (code === 0 && bytes.length > 0) events.onTask?.(bytes, (method, answer) => call(session, method, answer));
    failures = code === 0 ? 0 : failures + 1;
    const pause = Math.min(POLL_PAUSE.longest, POLL_PAUSE.first * 2 ** failures);
    if (failures > 0) await delay(pause * (0.5 + Math.random() / 2));
  }
}

type Answer = { code: number | 'cut'; bytes: Uint8Array };

/** Length and compression of a message of gRPC, before the message itself. */
const HEAD_BYTES = 5;

/** One unary call of gRPC; `cut` when it ended without a status. */
function call(session: ClientHttp2Session, name: string, body: Uint8Array): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  if (session.closed || session.destroyed) return Promise.resolve({ code: 'cut', bytes: new Uint8Array() });
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(body.length, 1);
  const fixed = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...fixed, ':path': `${SERVICE}${name}` });
  let status: string | undefined;
  const parts: Buffer[] = [];
  const read = (headers: Record<string, unknown>): void => {
    const found = headers['grpc-status'];
    if (typeof found === 'string') status = found;
  };
  stream.on('response', read);
  stream.on('trailers', read);
  stream.on('data', (part: Buffer) => parts.push(part));
  // `close` follows.
  stream.on('error', () => undefined);
  stream.on('close', () => {
    const bytes = Buffer.concat(parts).subarray(HEAD_BYTES);
    resolve({ code: status === undefined ? 'cut' : Number(status), bytes });
  });
  stream.end(Buffer.concat([head, body]));
  return promise;
}
