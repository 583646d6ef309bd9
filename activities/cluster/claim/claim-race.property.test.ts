// Claims as they race: a store with compare-and-swap, and controllers that read and write in any order.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ByoHost } from '../../../api/byo-host.ts';
import { others, someHosts, someWishes } from '../../../test/support/arbitrary-claims.ts';
import { claimOf } from '../../../test/support/builders.ts';
import { decideClaim, type Wish } from './decide-claim.ts';

test('claims: however controllers overtake each other, no host is in two hands and no machine holds two', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), someHosts, someWishes, async (scheduler, hosts, wishes) => {
      const store = createStore(hosts);
      const racers = [...wishes, ...wishes].map(async (wish) => race(scheduler, store, wish, wishes));
      await scheduler.waitFor(Promise.all(racers));
      const mine = wishes.map(({ name }) => store.read().filter((host) => host.spec.claim?.name === name));
      expect(mine.filter((held) => held.length > 1).length).toBe(0);
      expect(store.lost).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

type Store = ReturnType<typeof createStore>;

function createStore(hosts: readonly ByoHost[]) {
  const objects = new Map(hosts.map((host) => [host.metadata.name, host]));
  const lost: string[] = [];
  return {
    lost,
    read: (): ByoHost[] => [...objects.values()],
    /** As the API server: refused when the object is another one than was read. */
    swap(read: ByoHost, claim: NonNullable<ByoHost['spec']['claim']>): boolean {
      const { name, resourceVersion } = read.metadata;
      const now = objects.get(name);
      if (!now || now.metadata.resourceVersion !== resourceVersion) return false;
      if (now.spec.claim) lost.push(name);
      const metadata = { ...now.metadata, resourceVersion: `${Number(resourceVersion) + 1}` };
      objects.set(name, { ...now, metadata, spec: { ...now.spec, claim, lastGeneration: claim.generation } });
      return true;
    },
  };
}

/** One workflow's activity: looks whether it holds a host, decides, and claims what it has decided for. */
async function race(scheduler: fc.Scheduler, store: Store, wish: Wish, wishes: readonly Wish[]): Promise<void> {
  for (let tries = 0; tries < 4; tries += 1) {
    const seen = await scheduler.schedule(Promise.resolve(store.read()), `${wish.name} reads`);
    if (seen.some((host) => host.spec.claim?.name === wish.name)) return;
    const held = new Set(seen.map((host) => host.spec.claim?.name));
    const placement = decideClaim(
      wish,
      seen,
      others(wishes, wish).filter(({ name }) => !held.has(name)),
    );
    if (!('host' in placement)) return;
    await scheduler.schedule(Promise.resolve(), `${wish.name} writes`);
    const generation = (placement.host.spec.lastGeneration ?? 0) + 1;
    store.swap(placement.host, claimOf(wish.name, generation));
  }
}
