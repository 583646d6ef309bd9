// The right to each activity, for machines in every phase of their life and for any objects at all.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MachineClaim, SealInput } from '../../../api/activities.ts';
import { ANNOTATIONS, providerIdOf, type MachineKey } from '../../../api/names.ts';
import { hasClosed, hasNeverHeardOf } from '../../../common/claim/claim-evidence.ts';
import { isDeleting, isLeavingByMove, isPaused } from '../../../common/contract.ts';
import { anyByoMachine, anyCluster, anyHost, anyMachine } from '../../../test/support/arbitrary-objects.ts';
import { brokenRules } from '../../../test/support/broken-rules.ts';
import {
  byoHost,
  byoMachine,
  claimOf,
  cluster,
  condition,
  machine as owner,
  reportedHost,
} from '../../../test/support/builders.ts';
import { keepTrue } from './decide-report.ts';
import { RIGHTS } from './decide-right.ts';
import type { Situation } from '../observe/situation.ts';

const key: MachineKey = { management: 'm', namespace: 'default', name: 'a', incarnation: 'a' };

const anySituation = fc
  .record(
    { machine: anyByoMachine, owner: anyMachine, cluster: anyCluster, claimed: fc.array(anyHost, { maxLength: 2 }) },
    { requiredKeys: ['claimed'] },
  )
  .map((seen): Situation => ({ ...seen, claimed: seen.claimed.filter(({ spec }) => spec.claim) }));

const claimsOf = ({ claimed }: Situation): MachineClaim[] =>
  claimed.flatMap(({ metadata, spec }) =>
    spec.claim ? [{ hostName: metadata.name, hostID: spec.hostID, generation: spec.claim.generation }] : [],
  );

const may = (seen: Situation, input: Omit<SealInput, 'machine'>): boolean =>
  RIGHTS.sealOrder.decide(seen, { machine: key, ...input }) === undefined;

test('whatever is there: orders back, a Node’s end and a release are for what is being deleted, and for nothing held', () => {
  fc.assert(
    fc.property(anySituation, fc.nat(3), (seen, attempt) => {
      const { machine } = seen;
      const isHeld = !machine || isPaused(machine, seen.cluster) || isLeavingByMove(machine);
      const goes = !isHeld && isDeleting(machine);
      for (const claim of claimsOf(seen)) {
        const back = [may(seen, { claim, verb: 'reset', attempt }), may(seen, { claim, verb: 'drain' })];
        const on = (['install', 'join'] as const).map((verb) => may(seen, { claim, verb, attempt }));
        const again = may(seen, { claim, verb: 'reset', attempt, keepClaim: true });
        const node = RIGHTS.deleteNode.decide(seen, { machine: key, claim }) === undefined;
        expect(
          brokenRules({
            'back only when it goes': goes || ![...back, node].includes(true),
            'on, and tried again, only when it stays': (!goes && !isHeld) || ![...on, again].includes(true),
          }),
        ).toEqual([]);
      }
    }),
  );
});

test('whatever is there: a host is given back only when it says itself that nothing of the claim is left', () => {
  fc.assert(
    fc.property(anySituation, (seen) => {
      fc.pre(seen.machine !== undefined);
      const isReleased = RIGHTS.releaseHost.decide(seen, { machine: key }) === undefined;
      const isClean = seen.claimed.every(
        (host) =>
          host.spec.claim &&
          (host.spec.claim.lost || hasClosed(host, host.spec.claim) || hasNeverHeardOf(host, host.spec.claim)),
      );
      expect(!isReleased || isClean).toBe(true);
    }),
  );
});

type Life = {
  operation?: [string, 'Running' | 'Succeeded' | 'Failed'];
  report?: Record<string, unknown>;
  prepared?: boolean;
  says?: 'True' | 'False' | 'Unknown';
  node?: boolean;
  deleting?: boolean;
  annotations?: Record<string, string>;
};

/** The machine `a` on host `h`, generation 3. */
function situationOf({ operation, report, prepared = true, says, node, deleting, annotations }: Life): Situation {
  const progress = operation && { operation: { operation: operation[0], state: operation[1], generation: 3 } };
  const openClaim = { incarnation: 'a', generation: 3 };
  const reported = reportedHost({ generation: 3, openClaim, ...progress, ...report });
  const claim = { ...claimOf('a', 3), incarnation: 'a' };
  const host = byoHost('h', { spec: { claim, lastGeneration: 3 }, status: { reported } });
  const machine = byoMachine('a', {
    metadata: {
      annotations: { [ANNOTATIONS.incarnation]: 'a', ...annotations },
      ...(deleting && { deletionTimestamp: '2026-01-01T00:00:01Z' }),
    },
    spec: prepared ? { providerID: providerIdOf(host.spec.hostID, 3) } : {},
    ...(says && { status: { conditions: [condition('BootstrapSucceeded', says, 'Said')] } }),
  });
  const status = node ? { nodeRef: { name: 'n' } } : {};
  return { machine, owner: owner('a', { status }), cluster: cluster(), claimed: [host] };
}

function ordersOf(life: Life, attempts = 3): string[] {
  const seen = situationOf(life);
  const [claim] = claimsOf(seen);
  if (!claim) throw new Error('nothing is claimed');
  const orders = Array.from({ length: attempts }, (_, attempt): Omit<SealInput, 'machine'>[] => [
    { claim, verb: 'join', attempt },
    { claim, verb: 'reset', attempt, keepClaim: true },
    { claim, verb: 'reset', attempt },
  ]).flat();
  return orders
    .filter((order) => may(seen, order))
    .map(({ verb, attempt, keepClaim }) => `${verb}${keepClaim ? ' keep-claim' : ''} ${attempt}`);
}

const KEPT = ['reset keep-claim 0', 'reset keep-claim 1', 'reset keep-claim 2'];

test.each<[string, Life, string[]]>([
  ['installing', { operation: ['install/v1.36.3', 'Running'], prepared: false }, KEPT],
  ['installed', { operation: ['install/v1.36.3', 'Succeeded'] }, ['join 0', ...KEPT]],
  ['joining', { operation: ['join', 'Running'] }, ['join 0']],
  ['joining again', { operation: ['join#1', 'Running'] }, ['join 1']],
  ['failed to join', { operation: ['join', 'Failed'] }, ['join 0', ...KEPT]],
  ['reset between two tries', { operation: ['reset/keep-claim#1', 'Succeeded'] }, ['join 1', ...KEPT]],
  ['joined', { operation: ['join', 'Succeeded'], says: 'True' }, []],
  ['joined, and the word of it was lost', { operation: ['join#1', 'Succeeded'] }, ['join 1']],
  ['joined, and somebody says Unknown', { operation: ['join', 'Succeeded'], says: 'Unknown', node: true }, []],
  ['joined, and the host is made to say that it failed', { operation: ['join', 'Failed'], says: 'True' }, []],
  ['failed for good', { operation: ['join', 'Failed'], says: 'False' }, []],
  ['of unknown progress', { report: { openClaim: undefined } }, ['join 0']],
])('orders for a machine that stays, %s', (_name, life, orders) => {
  expect(ordersOf(life).toSorted()).toEqual(orders.toSorted());
});

test('a machine that goes is reset in any attempt, and nothing else; one that was re-imaged not at all', () => {
  const life: Life = { operation: ['join', 'Succeeded'], says: 'True', deleting: true };
  expect(ordersOf(life)).toEqual(['reset 0', 'reset 1', 'reset 2']);
  expect(ordersOf({ ...life, annotations: { [ANNOTATIONS.paused]: '' } })).toEqual([]);
  expect(ordersOf({ ...life, annotations: { [ANNOTATIONS.deleteForMove]: '' } })).toEqual([]);
  const seen = situationOf({ ...life, report: { generation: 0, openClaim: undefined, operation: undefined } });
  const [host] = seen.claimed;
  if (host?.spec.claim) host.spec.claim.lost = true;
  const [claim] = claimsOf(seen);
  expect(claim && may(seen, { claim, verb: 'reset' })).toBe(false);
});

test('what has come true is not taken back, and what is not true yet is not said', () => {
  const said = (life: Life, status: 'True' | 'False' | 'Unknown') => {
    const conditions = [{ type: 'BootstrapSucceeded', status, reason: 'Said', message: '' }];
    const seen = situationOf(life);
    const refused = RIGHTS.reportConditions.decide(seen, { machine: key, conditions });
    return refused ? 'refused' : keepTrue(seen, { machine: key, conditions }).length;
  };
  const joined: Life = { operation: ['join', 'Succeeded'], says: 'True', node: true };
  expect([said(joined, 'False'), said(joined, 'Unknown'), said(joined, 'True')]).toEqual([0, 0, 1]);
  const untold: Life = { operation: ['join', 'Succeeded'] };
  expect([said(untold, 'False'), said(untold, 'Unknown'), said(untold, 'True')]).toEqual([0, 1, 1]);
  const joining: Life = { operation: ['join', 'Running'] };
  expect([said(joining, 'False'), said(joining, 'Unknown'), said(joining, 'True')]).toEqual([1, 1, 'refused']);
});

test('a debt is settled when the host says that it has closed that generation, and is in no quarantine', () => {
  const claim = { hostName: 'h', generation: 3 };
  const settle = (report: Record<string, unknown>) => {
    const reported = reportedHost({ generation: 3, ...report });
    const host = byoHost('h', { spec: { cleanupOwed: claimOf('a', 3) }, status: { reported } });
    const machine = { ...key, incarnation: 'uid-a' };
    const cleanup = { machine, claim: { ...claim, hostID: host.spec.hostID } };
    return RIGHTS.settleCleanup.decide({ host, ownerGone: true }, cleanup) === undefined;
  };
  expect(settle({})).toBe(true);
  expect(settle({ openClaim: { incarnation: 'uid-a', generation: 3 } })).toBe(false);
  expect(settle({ generation: 2 })).toBe(false);
  expect(settle({ quarantine: { reason: 'NotClean', message: 'wg0 is left' } })).toBe(false);
});
