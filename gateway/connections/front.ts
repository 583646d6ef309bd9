// The one port of the gateway: lets a connection through its handshake, decides who it is, and hands it to its door.
import type { AddressInfo, Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describeError } from '../../common/errors.ts';
import { ACTS } from '../audit.ts';
import type { BoundedLog } from '../bounded-log.ts';
import type { Credentials } from '../credentials.ts';
import type { Limits } from '../limits.ts';
import { admit, type Doors, type Ground } from './admit.ts';
import { Crowd } from './connection-limiter.ts';
import { createListener, type Listener } from './listener.ts';
import { LiveHosts } from './connection-registry.ts';
import { contextOf, createTlsServer } from './tls-server.ts';

export type FrontOptions = Doors & { credentials: Credentials; log: BoundedLog };

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

export function createFront(options: FrontOptions): Front {
  const { limits, directory, audit, credentials } = options;
  const caps = { temporal: limits.temporalSocketsPerHost, http: limits.httpSocketsPerHost };
  const live = new LiveHosts(caps, ({ peer }, why) => audit({ act: ACTS.cut, outcome: 'denied', peer, why }));
  const { strangers, renewing } = createCrowds(limits);
  const tls = createTlsServer(credentials, limits.handshakeMs);
  const listener = createListener({ tls, limits, onRefused: options.onRefused });
  const ground: Ground = { ...options, live, strangers, renewing, installation: credentials.installation };
  tls.on('secureConnection', (socket) => takeOver(socket, listener, { ground, log: options.log }));
  tls.on('tlsClientError', (_error, socket) => {
    options.onRefused('Handshake');
    socket.destroy();
  });
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

function takeOver(socket: TLSSocket, listener: Listener, { ground, log }: Judging): void {
  listener.finish(socket);
  socket.on('error', () => socket.destroy());
  admit(socket, ground).catch((error: unknown) => {
    log.error({ error: describeError(error) }, 'a connection could not be judged');
    socket.destroy();
  });
}

function createCrowds(limits: Limits): { strangers: Crowd; renewing: Crowd } {
  const {
    strangersPerAddress: perAddress,
    strangersPerNet: perNet,
    strangerGraceMs: graceMs,
    renewingPerHost,
  } = limits;
  return {
    strangers: new Crowd({ perAddress, perNet, all: limits.strangers, graceMs }),
    renewing: new Crowd({ perAddress: renewingPerHost, perNet: renewingPerHost, all: limits.renewing, graceMs }),
  };
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  server.once('error', reject);
  server.listen(port, host, () => {
    const address = server.address();
    if (address !== null && typeof address !== 'string') resolve(address);
  });
  return promise;
}
