// Who waits for a host in a namespace, in the order in which they are served, and which of them would be given one if they
// asked now: they alone need to be told.
import { inOrder, placeAll, wishesOf, type Competition } from '../../activities/cluster/claim/decide-claim.ts';

/** A machine that waits: `offer` is the name of the host that it would be given. */
export type Waiting = { incarnation: string; name: string; offer?: string | undefined };

/** Decided as the claim is, from what is cached: the claim reads afresh. */
export function decideLine(competition: Competition): Waiting[] {
  const wishes = wishesOf(competition);
  const incarnations = new Map([...wishes].map(([incarnation, wish]) => [wish, incarnation]));
  const placed = placeAll(wishes.values(), competition.hosts);
  const offers = new Map([...placed].map(([host, wish]) => [wish, host.metadata.name]));
  return inOrder(wishes.values()).map((wish) => ({
    incarnation: incarnations.get(wish) ?? '',
    name: wish.name,
    offer: offers.get(wish),
  }));
}
