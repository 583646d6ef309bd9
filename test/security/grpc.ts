// gRPC by hand, on a connection of its own: what no SDK would send must be sent here.
import type { IncomingHttpHeaders } from 'node:http';
import { connect, type ClientHttp2Session } from 'node:http2';
import { status } from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import { waitFor } from '../../lab/wait.ts';
import { dial, type LightHost } from './light-host.ts';

export const wire = proto.temporal.api.workflowservice.v1;

/** `code` as the server's trailers say, or `cut` when the connection or the stream ended without one. */
export type GrpcAnswer = { code: number | 'cut'; message: string; body: Buffer };

/** One unary call: `path` of the method, `body` an encoded message; `raw` is sent as it is, framing included. */
export type GrpcCall = { path: string; body?: Uint8Array; raw?: Buffer; headers?: Record<string, string> };

export type Grpc = {
  session: ClientHttp2Session;
  call(what: GrpcCall): Promise<GrpcAnswer>;
  /** Resolves when the connection has ended. */
  closed: Promise<void>;
  [Symbol.dispose](): void;
};

const SERVICE = '/temporal.api.workflowservice.v1.WorkflowService/';

/** Path of a method of Temporal's WorkflowService. */
export const methodPath = (name: string): string => `${SERVICE}${name}`;

export async function openGrpc(host: Pick<LightHost, 'address' | 'credentials'>): Promise<Grpc> {
  const socket = await dial(host, 'h2');
  const session = connect('https://byo-gateway', { createConnection: () => socket });
  const closed = new Promise<void>((resolve) => session.once('close', () => resolve()));
  // What a call does not hear of, `closed` tells.
  session.on('error', () => undefined);
  socket.on('error', () => undefined);
  return {
    session,
    closed,
    call: (what) => callOn(session, what),
    [Symbol.dispose]: () => session.destroy(),
  };
}

/** Length-prefixed message of gRPC; `compressed` sets its flag. */
export function frame(body: Uint8Array, compressed = false): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

async function callOn(session: ClientHttp2Session, what: GrpcCall): Promise<GrpcAnswer> {
  const { path, body = new Uint8Array(), raw = frame(body), headers = {} } = what;
  const { promise, resolve } = Promise.withResolvers<GrpcAnswer>();
  if (session.destroyed || session.closed)
    return { code: 'cut', message: 'the connection has ended', body: Buffer.alloc(0) };
  const fixed = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...fixed, ...headers });
  const parts: Buffer[] = [];
  let told: IncomingHttpHeaders = {};
  stream.on('response', (head) => (told = { ...told, ...head }));
  stream.on('trailers', (tail) => (told = { ...told, ...tail }));
  stream.on('data', (part: Buffer) => parts.push(part));
  // `close` follows, and tells what was heard until then.
  stream.on('error', () => undefined);
  stream.on('close', () => {
    const code = told['grpc-status'];
    const text = Buffer.concat(parts).subarray(5);
    resolve({
      code: code === undefined ? 'cut' : Number(code),
      message: [told['grpc-message']].flat().join(),
      body: text,
    });
  });
  stream.end(raw);
  return promise;
}

/** The same call again until the rate allows it, so that a test of one protection is not answered by another. */
export async function patiently(grpc: Grpc, what: GrpcCall): Promise<GrpcAnswer> {
  let answer: GrpcAnswer = { code: 'cut', message: '', body: Buffer.alloc(0) };
  const probe = async () => {
    answer = await grpc.call(what);
    return answer.code === status.RESOURCE_EXHAUSTED ? answer.message : undefined;
  };
  await waitFor('the rate to allow a call', probe, { timeoutMs: 60_000, everyMs: 100 });
  return answer;
}
