// The connections: one a host, the newest, so that an agent is never locked out by its own dead link.
import type { TLSSocket } from 'node:tls';
import type { Peer } from '../peer.ts';

export type Connections = {
  /** An older connection of the host is cut; true when there was one. */
  add(socket: TLSSocket, peer: Peer): boolean;
  /** The peer of a host that is connected. */
  peerOf(hostID: string): Peer | undefined;
  /** Resolves when none is left. */
  drained(): Promise<void>;
  cutAll(): void;
};

export function createConnections(): Connections {
  const byHost = new Map<string, { socket: TLSSocket; peer: Peer }>();
  const sockets = new Set<TLSSocket>();
  const waiting: (() => void)[] = [];
  const forget = (socket: TLSSocket, hostID: string) => {
    sockets.delete(socket);
    if (byHost.get(hostID)?.socket === socket) byHost.delete(hostID);
    if (sockets.size === 0) waiting.splice(0).forEach((resolve) => resolve());
  };
  return {
    add: (socket, peer) => {
      keepCertificate(socket);
      const older = byHost.get(peer.hostID);
      byHost.set(peer.hostID, { socket, peer });
      sockets.add(socket);
      socket.once('close', () => forget(socket, peer.hostID));
      older?.socket.destroy();
      return older !== undefined;
    },
    peerOf: (hostID) => byHost.get(hostID)?.peer,
    drained: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    cutAll: () => sockets.forEach((socket) => socket.destroy()),
  };
}

/**
 * grpc-js asks for the certificate with every call, and each time OpenSSL takes it to pieces (2 ms). It cannot change while the
 * connection stands: TLS 1.3 has no renegotiation, and nobody is asked for a certificate after the handshake. What is kept
 * is what is read of it.
 */
function keepCertificate(socket: TLSSocket): void {
  const { raw, subjectaltname } = socket.getPeerCertificate();
  Reflect.set(socket, 'getPeerCertificate', () => ({ raw, subjectaltname }));
}
