// The door to Temporal: not built yet. Until then a host that comes for it is sent away, and comes again.
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../common/log.ts';
import type { Audit, Peer } from '../peer.ts';

/** What seals task tokens: 32 bytes each. */
export type TokenKeys = { current: Buffer; previous?: Buffer };

export type TemporalDoor = {
  accept(socket: TLSSocket, peer: Peer): void;
  /** 0 while a poll of this host is open, null when none ever was. */
  secondsSincePoll(hostID: string): number | null;
  close(): Promise<void>;
};

export type DoorOptions = {
  upstream: string;
  namespace: string;
  tokenKeys: () => TokenKeys;
  audit: Audit;
  log: Logger;
};

export function openTemporalDoor(options: DoorOptions): TemporalDoor {
  return {
    accept: (socket, peer) => {
      options.log.warn({ hostID: peer.hostID }, 'no door to Temporal yet');
      socket.resume();
    },
    secondsSincePoll: () => null,
    close: () => Promise.resolve(),
  };
}
