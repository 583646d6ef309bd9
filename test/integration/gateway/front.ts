// A front for tests of the Temporal proxy: a real TLS port that admits whoever the CA certified, and clients for it.
import { once } from 'node:events';
import type net from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { randomBytes, randomUUID } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import { SERVER_NAMES } from '../../../api/gateway.ts';
import { parseIdentity } from '../../../common/keys/identity.ts';
import { createLogger } from '../../../common/log.ts';
import type { TemporalLink } from '../../../common/temporal-link.ts';
import type { Audit } from '../../../gateway/peer.ts';
import {
  openTemporalProxy,
  type TemporalProxy,
  type TemporalLimits,
  type TokenKeys,
} from '../../../gateway/temporal-proxy/proxy.ts';
import { createTestAuthority, type Certified, type TestAuthority } from './certificates.ts';

export type Front = {
  port: number;
  door: TemporalProxy;
  authority: TestAuthority;
  installation: string;
  keys: TokenKeys;
  audited: Parameters<Audit>[0][];
  /** A new host with its certificate. */
  host(): Promise<{ hostID: string } & Certified>;
  close(): Promise<void>;
};

/** What gateways of one management cluster have in common. */
export type Common = Pick<Front, 'authority' | 'installation' | 'keys'>;

const makeCommon = async (): Promise<Common> => ({
  authority: await createTestAuthority(),
  installation: randomUUID(),
  keys: { current: randomBytes(32) },
});

/** `common`: of another front, to whose management cluster this one belongs as well. */
export async function startFront(
  upstream: string | (() => TemporalLink),
  limits: Partial<TemporalLimits> = {},
  common?: Common,
): Promise<Front> {
  const { authority, installation, keys } = common ?? (await makeCommon());
  const readLink =
    typeof upstream === 'string' ? () => ({ address: upstream, namespace: 'default', options: {} }) : upstream;
  const audited: Front['audited'] = [];
  const log = createLogger('test', 'warn');
  const audit: Audit = (record) => void audited.push(record);
  const door = openTemporalProxy({ readLink, namespace: 'default', tokenKeys: () => keys, audit, log, limits });
  const server = await listen(door, authority, await authority.issue({ kind: 'gateway', installation }));
  const host = async () => {
    const hostID = randomUUID();
    return { hostID, ...(await authority.issue({ kind: 'host', installation, hostID })) };
  };
  const close = async () => {
    server.close();
    await door.close();
  };
  return { port: portOf(server), door, authority, installation, keys, audited, host, close };
}

async function listen(door: TemporalProxy, authority: TestAuthority, own: Certified): Promise<net.Server> {
  const { certificate: cert, key } = own;
  const trust = { ca: authority.certificate, requestCert: true, rejectUnauthorized: false };
  const options = { cert, key, ...trust, minVersion: 'TLSv1.3', ALPNProtocols: ['h2'] } as const;
  const server = tls.createServer(options, (socket) => admit(door, socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function admit(door: TemporalProxy, socket: TLSSocket): void {
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

/** @throws when it does not listen on TCP */
export function portOf(server: net.Server): number {
  const address = server.address();
  if (typeof address === 'object' && address) return address.port;
  throw new Error('the server has no port');
}
