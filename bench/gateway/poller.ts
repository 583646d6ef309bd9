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

export type PollEvents = { onPoll: () => void; onPollEnd: (code: number | 'cut') => void };

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
    const code = await call(session, 'PollActivityTaskQueue', body);
    events.onPollEnd(code);
    failures = code === 0 ? 0 : failures + 1;
    const pause = Math.min(POLL_PAUSE.longest, POLL_PAUSE.first * 2 ** failures);
    if (failures > 0) await delay(pause * (0.5 + Math.random() / 2));
  }
}

/** One unary call of gRPC; `cut` when it ended without a status. */
function call(session: ClientHttp2Session, name: string, body: Uint8Array): Promise<number | 'cut'> {
  const { promise, resolve } = Promise.withResolvers<number | 'cut'>();
  if (session.closed || session.destroyed) return Promise.resolve('cut');
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  const fixed = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...fixed, ':path': `${SERVICE}${name}` });
  let status: string | undefined;
  const read = (headers: Record<string, unknown>): void => {
    const found = headers['grpc-status'];
    if (typeof found === 'string') status = found;
  };
  stream.on('response', read);
  stream.on('trailers', read);
  stream.resume();
  // `close` follows.
  stream.on('error', () => undefined);
  stream.on('close', () => resolve(status === undefined ? 'cut' : Number(status)));
  stream.end(Buffer.concat([head, body]));
  return promise;
}
