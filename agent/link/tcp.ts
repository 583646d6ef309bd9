// TCP to the gateway, straight or through an HTTP proxy (CONNECT, RFC 9110 §9.3.6).
import { request, type ClientRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { unreachable } from './refusal.ts';

export type Target = {
  /** `host:port`, IPv6 in brackets. */
  gateway: string;
  /** `http://[user:password@]host:port`; never logged. */
  proxy?: string | undefined;
};

/** A dead peer is noticed by the kernel as well, where nothing is sent. */
const KEEPALIVE_MILLISECONDS = 30_000;

/** @throws ByoError `GatewayUnreachable`; the signal's reason when aborted */
export function openTcp({ gateway, proxy }: Target, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  return proxy === undefined ? openStraight(gateway, signal) : openThrough(new URL(proxy), gateway, signal);
}

async function openStraight(gateway: string, signal: AbortSignal): Promise<Socket> {
  const { hostname, port } = new URL(`tcp://${gateway}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({ host, port: Number(port), noDelay: true, ...keepAlive });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const abort = () => socket.destroy(asError(signal.reason));
  signal.addEventListener('abort', abort, { once: true });
  socket.once('connect', () => resolve(socket));
  socket.once('error', reject);
  try {
    return await promise;
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(`there is no connection to ${gateway}`, error);
  } finally {
    signal.removeEventListener('abort', abort);
    socket.removeListener('error', reject);
  }
}

const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MILLISECONDS };

/** Of the proxy only its host and port are ever named: its URL may hold a password. */
async function openThrough(proxy: URL, gateway: string, signal: AbortSignal): Promise<Duplex> {
  try {
    return await tunnelOf(sendConnect(proxy, gateway, signal));
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(`the proxy ${proxy.host} gives no tunnel to ${gateway}`, error);
  }
}

function sendConnect(proxy: URL, gateway: string, signal: AbortSignal): ClientRequest {
  const asked = request({
    method: 'CONNECT',
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || 80,
    path: gateway,
    headers: { host: gateway, ...authorization(proxy) },
    agent: false,
    signal,
  });
  asked.once('socket', (socket) => socket.setKeepAlive(true, KEEPALIVE_MILLISECONDS));
  asked.end();
  return asked;
}

function tunnelOf(asked: ClientRequest): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  // Whatever the status of the answer is, node:http takes the connection for a tunnel.
  asked.once('connect', ({ statusCode }, socket, head) => {
    if (statusCode === 200) {
      if (head.length > 0) socket.unshift(head);
      return resolve(socket);
    }
    socket.destroy();
    reject(new Error(`it answered ${statusCode}`));
  });
  asked.on('error', reject);
  return promise;
}

function authorization({ username, password }: URL): { 'proxy-authorization'?: string } {
  if (username === '' && password === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
