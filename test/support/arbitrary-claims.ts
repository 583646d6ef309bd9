// Hosts and waiting machines of one namespace: few enough that they compete.
import * as fc from 'fast-check';
import type { Wish } from '../../activities/cluster/claim/decide-claim.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import { byoHost, claimOf } from './builders.ts';

/** Hosts of a namespace, by name, of which most can be claimed. */
export const someHosts = fc
  .array(
    fc.record({
      zone: fc.constantFrom('east', 'west'),
      used: fc.nat(2),
      state: fc.constantFrom('free', 'free', 'free', 'claimed', 'cordoned', 'owing'),
    }),
    { maxLength: 5 },
  )
  .map((all) => all.map(({ zone, used, state }, at) => makeHost(`host-${at}`, { zone, used, state })));

function makeHost(name: string, { zone, used, state }: { zone: string; used: number; state: string }): ByoHost {
  const claim = claimOf('somebody', used + 1);
  return byoHost(name, {
    metadata: { labels: { zone } },
    spec: {
      lastGeneration: used + 1,
      ...(state === 'claimed' && { claim }),
      ...(state === 'owing' && { cleanupOwed: claim }),
      ...(state === 'cordoned' && { unschedulable: true }),
    },
  });
}

/** Machines that wait, some as old as others. */
export const someWishes = fc
  .array(
    fc.record({
      createdAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'),
      controlPlane: fc.boolean(),
      zone: fc.option(fc.constantFrom('east', 'west'), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) =>
    all.map(({ zone, ...wish }, at): Wish => {
      const selector = zone === undefined ? undefined : { matchLabels: { zone } };
      return { namespace: 'default', name: `machine-${at}`, selector, ...wish };
    }),
  );

/** Who waits beside this one. */
export const others = (wishes: readonly Wish[], wish: Wish): Wish[] => wishes.filter(({ name }) => name !== wish.name);
