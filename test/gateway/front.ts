// A front for tests of the Temporal door: a real TLS port that admits whoever the CA certified, and clients for it.
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { randomBytes, randomUUID } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import { SERVER_NAMES } from '../../api/gateway.ts';
import { parseIdentity } from '../../common/identity.ts';
import { createLogger } from '../../common/log.ts';
import type { Audit } from '../../gateway/peer.ts';
import { openTemporalDoor, type TemporalDoor, type TemporalLimits } from '../../gateway/temporal/door.ts';
import { createTestAuthority, type Certified, type TestAuthority } from './certificates.ts';

export type Front = {
  port: number;
  door: TemporalDoor;
  authority: TestAuthority;
  management: string;
  audited: Parameters<Audit>[0][];
  /** A new host with its certificate. */
  host(): Promise<{ hostID: string } & Certified>;
  close(): Promise<void>;
};

export async function startFront(upstream: string, limits: Partial<TemporalLimits> = {}): Promise<Front> {
  const authority = await createTestAuthority();
  const management = randomUUID();
  const audited: Front['audited'] = [];
  const keys = { current: randomBytes(32) };
  const log = createLogger('test', 'warn');
  const audit: Audit = (record) => void audited.push(record);
  const door = openTemporalDoor({ upstream, namespace: 'default', tokenKeys: () => keys, audit, log, limits });
  const own = await authority.issue({ kind: 'gateway', management });
  const server = tls.createServer(
    {
      cert: own.certificate,
      key: own.key,
      ca: authority.certificate,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['h2'],
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => admit(door, socket),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const host = async () => {
    const hostID = randomUUID();
    return { hostID, ...(await authority.issue({ kind: 'host', management, hostID })) };
  };
  const close = async () => {
    server.close();
    await door.close();
  };
  return { port, door, authority, management, audited, host, close };
}

function admit(door: TemporalDoor, socket: TLSSocket): void {
  const identity = parseIdentity(socket.getPeerCertificate().subjectaltname);
  if (!socket.authorized || identity?.kind !== 'host') return void socket.destroy();
  const { hostID } = identity;
  door.accept(socket, { hostID, namespace: 'default', name: hostID, keyID: 'k', address: socket.remoteAddress ?? '' });
}

/** What a plain gRPC client needs to speak as that host. */
export function clientOf({ port, authority }: Front, { certificate, key }: Certified): Client {
  const ssl = credentials.createSsl(Buffer.from(authority.certificate), Buffer.from(key), Buffer.from(certificate));
  return new Client(`127.0.0.1:${port}`, ssl, {
    'grpc.ssl_target_name_override': SERVER_NAMES.gateway,
    'grpc.use_local_subchannel_pool': 1,
  });
}

/** A byte pipe before the front that can fall silent without closing, as a link that is cut. */
export async function startLink(port: number): Promise<{ port: number; cut(): void; close(): void }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((inner) => {
    const outer = net.connect(port, '127.0.0.1');
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => (socket === inner ? outer.destroy() : inner.destroy()));
    }
    inner.pipe(outer).pipe(inner);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => sockets.forEach((socket) => socket.unpipe().pause()),
    close: () => {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}
