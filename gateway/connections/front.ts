// The one port of the gateway: lets a connection through its handshake, decides who it is, and hands it to its door.
import type { AddressInfo, Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describeError } from '../../common/errors.ts';
import { listenOptions } from '../../common/host-port.ts';
import { AUDIT_ACTIONS } from '../audit.ts';
import type { BoundedLog } from '../bounded-log.ts';
import type { Credentials } from '../credentials.ts';
import type { Limits } from '../limits.ts';
import { admit, type AdmitDeps, type Ground } from './admit.ts';
import { ConnectionLimiter } from './connection-limiter.ts';
import { createListener, type Listener } from './listener.ts';
import { ConnectionRegistry, type OnCut } from './connection-registry.ts';
import { contextOf, createTlsServer } from './tls-server.ts';

export type FrontOptions = AdmitDeps & { credentials: Credentials; log: BoundedLog };

export type Front = {
  listen: (host: string, port: number) => Promise<AddressInfo>;
  setCredentials: (fresh: Credentials) => void;
  /** Something about this host has changed: cut what no longer holds. */
  recheck: (hostID: string) => void;
  connectedHosts: () => string[];
  counts: () => { temporal: number; http: number; strangers: number; renewing: number; handshakes: number };
  close: () => void;
};

/** Keys that were unpinned are cut at once; this finds certificates that have ended since. */
const SWEEP_MS = 10_000;

const capsOf = ({ temporalSocketsPerHost, httpSocketsPerHost }: Limits) => ({
  temporal: temporalSocketsPerHost,
  http: httpSocketsPerHost,
});

export function createFront(options: FrontOptions): Front {
  const { limits, directory, audit, credentials } = options;
  const onCut: OnCut = ({ peer }, why) => audit({ act: AUDIT_ACTIONS.cut, outcome: 'denied', peer, why });
  const live = new ConnectionRegistry(capsOf(limits), onCut);
  const { strangers, renewing } = createLimiters(limits);
  const tls = createTlsServer(credentials, limits.handshakeMs);
  const listener = createListener({ tls, limits, onRefused: options.onRefused });
  const ground: Ground = { ...options, live, strangers, renewing, installation: credentials.installation };
  tls.on('secureConnection', (socket) => handOver(socket, listener, { ground, log: options.log }));
  // Its end counts as a handshake that failed.
  tls.on('tlsClientError', (_error, socket) => void socket.destroy());
  const recheck = (hostID?: string) => live.recheck((peer) => !!directory.recall(peer), Date.now(), hostID);
  const sweep = setInterval(recheck, SWEEP_MS).unref();
  return {
    listen: (host, port) => listen(listener.server, host, port),
    setCredentials: (fresh) => tls.setSecureContext(contextOf(fresh)),
    recheck,
    connectedHosts: () => live.hosts(),
    counts: () => {
      const admitted = { temporal: live.count('temporal'), http: live.count('http') };
      return { ...admitted, strangers: strangers.count, renewing: renewing.count, handshakes: listener.handshakes() };
    },
    close: () => {
      clearInterval(sweep);
      listener.server.close();
    },
  };
}

type Judging = { ground: Ground; log: BoundedLog };

function handOver(socket: TLSSocket, listener: Listener, { ground, log }: Judging): void {
  listener.finish(socket);
  socket.on('error', () => socket.destroy());
  admit(socket, ground).catch((error: unknown) => {
    log.error({ error: describeError(error) }, 'a connection could not be judged');
    socket.destroy();
  });
}

function createLimiters(limits: Limits): { strangers: ConnectionLimiter; renewing: ConnectionLimiter } {
  const {
    strangersPerAddress: perAddress,
    strangersPerNet: perNet,
    strangerGraceMs: graceMs,
    renewingPerHost,
  } = limits;
  return {
    strangers: new ConnectionLimiter({ perAddress, perNet, all: limits.strangers, graceMs }),
    renewing: new ConnectionLimiter({
      perAddress: renewingPerHost,
      perNet: renewingPerHost,
      all: limits.renewing,
      graceMs,
    }),
  };
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  server.once('error', reject);
  server.listen(listenOptions({ host, port }), () => {
    const address = server.address();
    if (address !== null && typeof address !== 'string') resolve(address);
  });
  return promise;
}
