// The open polls: one a host, the newest, and since when a host has none.
import { status } from '@grpc/grpc-js';
import { Refusal } from './refusal.ts';

export type Polls = {
  /** Notes the poll that `controller` can end; an older one of the host is ended first. Call the result when it is over. */
  open(hostID: string, controller: AbortController): () => void;
  /** Ends the host's poll, if there is one. */
  takeBack(hostID: string): void;
  endAll(reason: Refusal): void;
  count(): number;
  /** 0 while one is open, null when there never was one. */
  secondsSince(hostID: string): number | null;
};

type State = { open?: AbortController; endedAt: number };

/** `now` in seconds of a monotonic clock. One small record a host that was ever here is kept. */
export function createPolls(now: () => number): Polls {
  const states = new Map<string, State>();
  // Counted as they come and go: it is asked for with every poll.
  let opened = 0;
  const takeBack = (hostID: string) => states.get(hostID)?.open?.abort(replaced());
  const openOnes = () => [...states.values()].flatMap(({ open }) => open ?? []);
  return {
    open: (hostID, controller) => {
      takeBack(hostID);
      if (!states.get(hostID)?.open) opened += 1;
      states.set(hostID, { open: controller, endedAt: now() });
      return () => {
        if (states.get(hostID)?.open !== controller) return;
        states.set(hostID, { endedAt: now() });
        opened -= 1;
      };
    },
    takeBack,
    endAll: (reason) => openOnes().forEach((controller) => controller.abort(reason)),
    count: () => opened,
    secondsSince: (hostID) => {
      const state = states.get(hostID);
      if (!state) return null;
      return state.open ? 0 : now() - state.endedAt;
    },
  };
}

/**
 * CANCELLED, which the SDK takes for the usual end of a poll and backs off from; an empty answer would bring it back at
 * once, and two workers of one host would chase each other.
 */
function replaced(): Refusal {
  return new Refusal(status.CANCELLED, 'Replaced', 'a newer poll of this host, or its leave, has ended this one');
}
