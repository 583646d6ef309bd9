// One finished handshake: judged, counted, and handed to the door that it may use.
import type { TLSSocket } from 'node:tls';
import { AUDIT_ACTIONS } from '../audit.ts';
import type { HostDirectory } from '../host-index.ts';
import type { Limits } from '../limits.ts';
import type { Audit, Peer } from '../peer.ts';
import { addressKeysOf, type AddressKeys } from './address.ts';
import type { ConnectionLimiter } from './connection-limiter.ts';
import { decideAdmission, type Admission, type RefusalReason } from './authenticate.ts';
import type { ConnectionRegistry } from './connection-registry.ts';
import { readPresentedCertificate } from './presented-certificate.ts';

/** Who speaks HTTP: an admitted host, or somebody without a certificate that holds (`refusal` says what was wrong). */
export type Caller = { address: string; peer?: Peer; refusal?: RefusalReason };

type Known = Admission & { kind: 'host' | 'spent' };

/** Where connections go, and by what they are judged. */
export type AdmitDeps = {
  directory: HostDirectory;
  limits: Limits;
  audit: Audit;
  /** Counts a connection that was not let in. */
  onRefused: (why: string) => void;
  acceptTemporal: (socket: TLSSocket, peer: Peer) => void;
  acceptHttp: (socket: TLSSocket, caller: Caller) => void;
};

/** `installation` is taken from the gateway's own certificate. */
export type Ground = AdmitDeps & {
  installation: string;
  live: ConnectionRegistry;
  strangers: ConnectionLimiter;
  renewing: ConnectionLimiter;
};

export async function admit(socket: TLSSocket, ground: Ground): Promise<void> {
  const address = socket.remoteAddress ?? '';
  const presented = await readPresentedCertificate(socket);
  if (socket.destroyed) return;
  const { directory, installation } = ground;
  const admission = decideAdmission(presented, { directory, installation, now: Date.now() });
  switch (admission.kind) {
    case 'host':
      admitHost(socket, admission, ground);
      return;
    case 'spent':
      admitSpent(socket, admission, ground);
      return;
    case 'stranger':
      admitStranger(socket, { address }, ground);
      return;
    case 'refused':
      ground.onRefused(admission.why);
      ground.audit({ act: AUDIT_ACTIONS.connect, outcome: 'denied', address, why: admission.why });
      // HTTP has words for a refusal.
      if (presented.protocol === 'h2') socket.destroy();
      else admitStranger(socket, { address, refusal: admission.why }, ground);
  }
}

function admitHost(socket: TLSSocket, admission: Admission & { kind: 'host' }, ground: Ground): void {
  const { door, endsAt } = admission;
  const peer = peerOf(socket, admission);
  const one = { peer, door, endsAt, destroy: () => void socket.destroy() };
  ground.live.add(one);
  socket.once('close', () => ground.live.remove(one));
  if (door === 'temporal') ground.acceptTemporal(socket, peer);
  else ground.acceptHttp(socket, { address: peer.address, peer });
}

function peerOf(socket: TLSSocket, { host: { hostID, namespace, name }, keyID }: Known): Peer {
  return { hostID, namespace, name, keyID, address: socket.remoteAddress ?? '' };
}

/** Counted by its host alone: however many strangers come from the same address, they take no place of it. */
function admitSpent(socket: TLSSocket, admission: Known, ground: Ground): void {
  const { hostID, address } = peerOf(socket, admission);
  ground.audit({ act: AUDIT_ACTIONS.connect, outcome: 'denied', peer: peerOf(socket, admission), why: 'OutOfDate' });
  const place = { limiter: ground.renewing, keys: { address: hostID, net: hostID }, why: 'RenewingCap' };
  admitForAWhile(socket, { address, refusal: 'OutOfDate' }, { ground, place });
}

function admitStranger(socket: TLSSocket, caller: Caller, ground: Ground): void {
  const place = { limiter: ground.strangers, keys: addressKeysOf(caller.address), why: 'StrangerCap' };
  admitForAWhile(socket, caller, { ground, place });
}

type Place = { limiter: ConnectionLimiter; keys: AddressKeys; why: string };

function admitForAWhile(socket: TLSSocket, caller: Caller, { ground, place }: { ground: Ground; place: Place }): void {
  const drop = (): void => {
    ground.onRefused(place.why);
    socket.destroy();
  };
  const member = { ...place.keys, drop };
  if (!place.limiter.enter(member, performance.now())) {
    drop();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), ground.limits.strangerMs);
  socket.once('close', () => {
    clearTimeout(timer);
    place.limiter.leave(member);
  });
  ground.acceptHttp(socket, caller);
}
