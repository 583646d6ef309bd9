// Gateways that are none: on the network where hosts are, with whatever certificate and manners a test gives them.
import { once } from 'node:events';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls';
import { kubeOf } from '../../harness/machines.ts';
import type { Authority, PemPair } from '../../common/pki/authority.ts';
import { issueGatewayCertificate } from '../../common/pki/issue.ts';
import { readAuthority } from '../support/authority.ts';
import type { World } from './world.ts';

/** `address` is where hosts reach it; `heard` are the bytes that came inside of TLS; `calls` counts handshakes begun. */
export type Rogue = { address: string; heard: () => string; calls: () => number; close(): Promise<void> };

/** What to do with a connection whose handshake is done; else it is only listened to. */
export type Manners = (socket: TLSSocket) => void;

/** A TLS server on the hosts' side of this machine. */
export async function openRogue(world: World, tls: TlsOptions, manners?: Manners): Promise<Rogue> {
  const heard: Buffer[] = [];
  let calls = 0;
  const server = createServer({ ...tls, minVersion: 'TLSv1.3', ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    socket.on('data', (part: Buffer) => void heard.push(part));
    socket.on('error', () => socket.destroy());
    manners?.(socket);
  });
  const sockets = keepSockets(server);
  server.on('connection', () => void (calls += 1));
  const address = await listen(server, world);
  const close = () => closeAll(server, sockets);
  return { address, heard: () => Buffer.concat(heard).toString('latin1'), calls: () => calls, close };
}

/** A port that takes connections and never says a word: whoever calls has all in hand, and waits. */
export async function openSilence(world: World): Promise<Pick<Rogue, 'address' | 'calls' | 'close'>> {
  let calls = 0;
  const server = createTcpServer((socket) => {
    calls += 1;
    socket.on('error', () => socket.destroy());
    socket.resume();
  });
  const sockets = keepSockets(server);
  const address = await listen(server, world);
  return { address, calls: () => calls, close: () => closeAll(server, sockets) };
}

export async function readInstallationOf({ instance }: World): Promise<string> {
  return (await readAuthority(kubeOf(instance))).installation;
}

/** A certificate for our names by that CA, its chain with it unless told otherwise. */
export async function issueGateway(world: World, authority: Authority, chain = [authority.pem]): Promise<PemPair> {
  const whom = { installation: await readInstallationOf(world), now: new Date() };
  const { certificate, key } = await issueGatewayCertificate(authority, whom);
  return { certificate: [certificate, ...chain].join(''), key };
}

/** In the words of node:tls. */
export function asServer({ certificate, key }: PemPair): TlsOptions {
  return { cert: certificate, key };
}

async function listen(server: Server, { instance }: World): Promise<string> {
  server.listen({ host: instance.gateway, port: 0 });
  await once(server, 'listening');
  return `${instance.gateway}:${portOf(server)}`;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function keepSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

async function closeAll(server: Server, sockets: Set<Socket>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}
