// Claims and views, for any objects that their schemas take.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MachineKey } from '../../api/names.ts';
import type { Reason } from '../../api/reasons/reason.ts';
import { isDeleting } from '../../common/contract.ts';
import { anyByoMachine, anyCluster, anyHost, anyMachine } from '../../test/support/arbitrary-objects.ts';
import { others, someHosts, someWishes } from '../../test/support/arbitrary-claims.ts';
import { brokenRules } from '../../test/support/broken-rules.ts';
import { decideClaim, whyNot, type Wish } from './claim/decide-claim.ts';
import { decideCleanup, owes } from './observe/decide-cleanup.ts';
import { decideView } from './observe/decide-view.ts';

const key: MachineKey = { management: 'm', namespace: 'default', name: 'a', incarnation: 'a' };

const situation = fc.record(
  { machine: anyByoMachine, owner: anyMachine, cluster: anyCluster, claimed: fc.array(anyHost, { maxLength: 2 }) },
  { requiredKeys: ['claimed'] },
);

const saysWhy = (gate: Reason | undefined): boolean =>
  !gate || (/^[A-Z][A-Za-z]{2,63}$/.test(gate.reason) && gate.message.length > 10);

test('a view: told whatever is there; what holds forbids everything, and every gate says why', () => {
  fc.assert(
    fc.property(situation, (seen) => {
      const view = decideView(seen, key);
      const { hold, claimGate, bootstrapGate, hostOperation } = view;
      expect(
        brokenRules({
          'what holds forbids the deletion': !view.deleting || (!hold && isDeleting(seen.machine)),
          'not found never means deleted': seen.machine !== undefined || (view.notFound === true && hold !== undefined),
          'every gate says why': [hold, claimGate, bootstrapGate].every(saysWhy),
          'bootstrapped or failed': !(view.bootstrapped && view.bootstrapFailed),
          'news are of this claim': !hostOperation || hostOperation.generation === view.claim?.generation,
        }),
      ).toEqual([]);
    }),
  );
});

test('a clean-up: only what is owed, and only of that generation', () => {
  const cleanup = { machine: key, claim: { hostName: 'a', hostID: 'x', generation: 2 } };
  fc.assert(
    fc.property(fc.option(anyHost, { nil: undefined }), fc.boolean(), (host, ownerGone) => {
      const { settled, hostConnected, hostOperation, resetGate, freeGate } = decideCleanup(
        { host, ownerGone },
        cleanup,
      );
      expect(settled).toBe(!host || !owes(host, cleanup));
      expect(
        brokenRules({
          'news are of this claim': !hostOperation || hostOperation.generation === 2,
          'no reset of a host that is away': settled || hostConnected || resetGate !== undefined,
          'every gate says why': [resetGate, freeGate].every(saysWhy),
        }),
      ).toEqual([]);
    }),
  );
});

test('claims: all who decide from the same objects decide for different hosts, each free and fitting', () => {
  fc.assert(
    fc.property(someHosts, someWishes, (hosts, wishes) => {
      const placed = wishes.map((wish) => ({ wish, placement: decideClaim(wish, hosts, others(wishes, wish)) }));
      const taken = placed.flatMap(({ wish, placement }) =>
        'host' in placement ? [{ wish, host: placement.host }] : [],
      );
      expect(new Set(taken.map(({ host }) => host.metadata.name)).size).toBe(taken.length);
      for (const { wish, host } of taken) expect(whyNot(host, wish)).toBeUndefined();
    }),
  );
});

test('claims: nobody goes without while a younger machine, or a worker before a control plane, gets a host that fits', () => {
  fc.assert(
    fc.property(someHosts, someWishes, (hosts, wishes) => {
      const placed = wishes.map((wish) => ({ wish, placement: decideClaim(wish, hosts, others(wishes, wish)) }));
      const waiting = placed.filter(({ placement }) => !('host' in placement)).map(({ wish }) => wish);
      const robbed = placed.flatMap(({ wish, placement }) =>
        'host' in placement
          ? waiting.filter((one) => comesBefore(one, wish) && whyNot(placement.host, one) === undefined)
          : [],
      );
      expect(robbed).toEqual([]);
    }),
  );
});

function comesBefore(one: Wish, other: Wish): boolean {
  if (one.controlPlane !== other.controlPlane) return one.controlPlane;
  return one.createdAt < other.createdAt || (one.createdAt === other.createdAt && one.name < other.name);
}

test('claims: who goes without is told of every host why, in any order of the same objects', () => {
  fc.assert(
    fc.property(someHosts, someWishes, (hosts, [wish, ...rest]) => {
      fc.pre(wish !== undefined && hosts.length > 0);
      const placement = decideClaim(wish, hosts, rest);
      expect(decideClaim(wish, hosts.toReversed(), rest.toReversed())).toEqual(placement);
      const told = 'message' in placement ? placement.message : undefined;
      const reasons = hosts.map((host) => ({ name: host.metadata.name, why: whyNot(host, wish) }));
      const left = reasons.filter(({ why }) => why === 'is not selected by spec.selector').length;
      const untold = reasons.filter(({ name, why }) => !left && !told?.includes(`${name} ${why ?? 'is kept for'}`));
      expect(told === undefined ? [] : untold).toEqual([]);
      expect(told === undefined || left === 0 || told.includes(`${left} not selected`)).toBe(true);
    }),
  );
});
