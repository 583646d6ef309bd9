// Which of the machines that wait in a namespace would be given a host, if they asked now: they alone need to be told.
import type { ByoHost } from '../../api/byo-host.ts';
import { placeAll } from '../../activities/cluster/decide-claim.ts';
import { wishesOf, type Competition } from '../../activities/cluster/list-wishes.ts';

/** The host for each, by incarnation. Decided as the claim is, from what is cached: the claim reads afresh. */
export function decideOffers(competition: Competition): Map<string, ByoHost> {
  const wishes = wishesOf(competition);
  const hostFor = new Map([...placeAll([...wishes.values()], competition.hosts)].map(([host, wish]) => [wish, host]));
  const offers = [...wishes].map(([incarnation, wish]) => [incarnation, hostFor.get(wish)] as const);
  return new Map(offers.flatMap(([incarnation, host]) => (host ? [[incarnation, host]] : [])));
}
