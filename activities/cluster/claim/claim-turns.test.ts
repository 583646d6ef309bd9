// Many machines ask for a host at once: how often their namespace is read, and that a reading that is shared decides as one
// that is made for each.
import * as fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { ByoHost } from '../../../api/byo-host.ts';
import { BYO_HOSTS, BYO_MACHINES, CLUSTERS, MACHINES } from '../../../common/kube/resources.ts';
import { someHosts, someWishes } from '../../../test/support/arbitrary-claims.ts';
import { byoHost, byoMachine, claimOf, cluster, machine } from '../../../test/support/builders.ts';
import { kubeInMemory, type Asked } from '../../../test/support/kube-in-memory.ts';
import { ClaimRound } from './claim-host.ts';
import { inTurns } from './claim-turns.ts';
import { createClusterActivities } from '../index.ts';
import type { Wish } from './decide-claim.ts';

const keyOf = (name: string) => ({ management: 'm', namespace: 'default', name, incarnation: `uid-${name}` });

function namespaceOf(names: string[], asked: Asked) {
  return kubeInMemory(
    [
      [BYO_HOSTS, [byoHost('h', { spec: { unschedulable: true } })]],
      [BYO_MACHINES, names.map((name) => byoMachine(name))],
      [MACHINES, names.map((name) => machine(name))],
      [CLUSTERS, [cluster()]],
    ],
    asked,
    { takesConditions: true },
  );
}

test('a thousand machines that ask at once are answered by two readings of their namespace', async () => {
  const names = Array.from({ length: 1000 }, (_, nth) => `m${nth}`);
  const asked: Asked = { requests: 0, objects: 0 };
  const deps = { signingKey: { privateJwk: {} }, management: 'm', patienceMs: 0 };
  const activities = createClusterActivities({ ...deps, kube: namespaceOf(names, asked) });
  const answers = await Promise.all(names.map((name) => activities.claimHost({ machine: keyOf(name) })));
  expect(answers.filter((answer) => 'waiting' in answer)).toHaveLength(1000);
  // More only on a machine that is so busy that a reading is no longer fresh.
  expect(asked.requests).toBeLessThanOrEqual(16);
});

test('a reading that is older than the question, or that a write has failed on, serves nobody', async () => {
  const asked: Asked = { requests: 0, objects: 0 };
  const ask = inTurns(namespaceOf(['a'], asked), async (_: { machine: ReturnType<typeof keyOf> }, { look, forget }) => {
    await look();
    forget();
    await look();
    await look();
  });
  await ask({ machine: keyOf('a') });
  expect(asked.requests).toBe(8);
  await ask({ machine: keyOf('a') });
  expect(asked.requests).toBe(16);
});

afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ['shorter than a claim', 100, 2],
  ['longer than a claim', 800, 1],
])('a reading that took %s serves those who wait for so long', async (_what, readMs, readings) => {
  vi.useFakeTimers({ toFake: ['performance'] });
  let claims = 0;
  const asked: Asked = { requests: 0, objects: 0 };
  const ask = inTurns(namespaceOf(['a', 'b'], asked), async (_: { machine: ReturnType<typeof keyOf> }, { look }) => {
    // Both have asked before the first of them reads.
    await Promise.resolve();
    const reading = look();
    vi.advanceTimersByTime(claims === 0 ? readMs : 0);
    await reading;
    claims += 1;
    vi.advanceTimersByTime(1500);
  });
  await Promise.all([ask({ machine: keyOf('a') }), ask({ machine: keyOf('b') })]);
  expect(asked.requests).toBe(4 * readings);
});

function machinesOf(wishes: readonly Wish[]) {
  return wishes.map(({ name, createdAt, controlPlane, selector }) =>
    byoMachine(name, {
      metadata: { creationTimestamp: createdAt, labels: controlPlane ? { 'cluster.x-k8s.io/control-plane': '' } : {} },
      spec: { selector },
    }),
  );
}

const roundOf = (hosts: ByoHost[], wishes: readonly Wish[]): ClaimRound => {
  const owners = wishes.map(({ name }) => machine(name));
  return new ClaimRound({ hosts, machines: machinesOf(wishes), owners, clusters: [cluster()] }, []);
};

test('whoever claims in one reading, in whatever order, is given what a reading of its own would give', () => {
  const scenes = fc
    .tuple(someHosts, someWishes)
    .chain(([hosts, wishes]) =>
      fc.record({ hosts: fc.constant(hosts), turns: fc.shuffledSubarray(wishes), wishes: fc.constant(wishes) }),
    );
  const property = fc.property(scenes, ({ hosts, turns, wishes }) => {
    const shared = roundOf(hosts, wishes);
    let present = hosts;
    for (const { name } of turns) {
      const placement = shared.placementOf(`uid-${name}`);
      const own = roundOf(present, wishes).placementOf(`uid-${name}`);
      const [given, expected] = [placement, own].map((one) => one && 'host' in one && one.host.metadata.name);
      expect(given).toBe(expected);
      present = present.map((host) => (host.metadata.name === given ? claimedBy(host, name) : host));
      for (const host of present) if (host.metadata.name === given) shared.note(host);
      expect(shared.situationOf(keyOf(name)).claimed.map(({ metadata }) => metadata.name)).toEqual(
        given ? [given] : [],
      );
    }
  });
  fc.assert(property, { numRuns: 200 });
});

function claimedBy(host: ByoHost, name: string): ByoHost {
  return { ...host, spec: { ...host.spec, claim: claimOf(name, 9), lastGeneration: 9 } };
}
