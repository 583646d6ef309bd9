// A host's side of the wire: requests, and bare connections that do what no agent would.
import { once } from 'node:events';
import { connect as speak, type ClientHttp2Session } from 'node:http2';
import { request, type RequestOptions } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { SERVER_NAMES } from '../../../api/gateway.ts';

export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer };

/** `trust` is the CA in PEM; `from` a loopback address, so that tests do not share a rate. */
export type Line = { port: number; trust: string; holder?: { cert: string; key: string }; from?: string };

export function tlsOptions({ port, trust, holder, from }: Line): ConnectionOptions & { localAddress?: string } {
  return {
    host: '127.0.0.1',
    port,
    ca: trust,
    servername: SERVER_NAMES.gateway,
    ...(from === undefined ? {} : { localAddress: from }),
    ...(holder ? { cert: holder.cert, key: holder.key } : {}),
  };
}

export type Ask = {
  method: string;
  path: string;
  json?: unknown;
  headers?: Record<string, string>;
  agent?: RequestOptions['agent'];
};

export async function ask(line: Line, { method, path, json, headers, agent }: Ask): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request({ ...tlsOptions(line), agent: agent ?? false, method, path, headers }, (answer) => {
    const parts: Buffer[] = [];
    answer.on('data', (part: Buffer) => parts.push(part));
    answer.on('error', reject);
    answer.on('end', () =>
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }),
    );
  });
  sent.on('error', reject);
  sent.end(json === undefined ? undefined : JSON.stringify(json));
  return promise;
}

/** A connection for Temporal, its handshake done on our side. */
export async function connectH2(line: Line, more: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ ...tlsOptions(line), ALPNProtocols: ['h2'], ...more });
  await once(socket, 'secureConnect');
  // Whatever ends it is what tests wait for.
  socket.on('error', () => undefined);
  socket.resume();
  return socket;
}

/** A connection for Temporal that is spoken over: it answers the gateway's pings, without which it would be cut. */
export async function speakH2(line: Line): Promise<ClientHttp2Session> {
  const socket = connect({ ...tlsOptions(line), ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const session = speak(`https://${SERVER_NAMES.gateway}`, { createConnection: () => socket });
  session.on('error', () => undefined);
  return session;
}

/** A connection that never begins its handshake. */
export async function connectHalf(port: number, from: string): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress: from });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.resume();
  return socket;
}

/** Resolves when it is closed, whether that is so already or not. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close');
}
