// The workflow's decisions, for any view.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MachineView } from '../api/activities.ts';
import { FAILURE_REASONS } from '../api/conditions.ts';
import type { Reason } from '../api/reasons/reason.ts';
import { operationOf, VERBS } from '../api/steps.ts';
import { brokenRules } from '../test/support/broken-rules.ts';
import {
  decideFailure,
  decideFailurePause,
  decideResync,
  decideRetryDelay,
  decideBootstrapProgress,
  decideProvisionStep,
  decideStage,
  decideTeardownProgress,
  decideTeardownStep,
  type BootstrapProgress,
  type TeardownProgress,
  type TeardownStep,
} from './decide.ts';
import { RESYNC_LONGEST, RETRY_LONGEST, UNCLEAN_LONGEST } from './options.ts';

const gate: fc.Arbitrary<Reason> = fc.constant({ reason: 'WaitingForBootstrapData', message: 'none' });
const operation = fc.record({
  operation: fc
    .tuple(fc.constantFrom(...VERBS), fc.nat(3), fc.boolean())
    .map(([verb, attempt, keepClaim]) => operationOf(verb, 'v1.36.3', attempt, keepClaim)),
  generation: fc.integer({ min: 1, max: 3 }),
  state: fc.constantFrom('Running', 'Succeeded', 'Failed', 'Stopped'),
});
const flags = {
  deleting: fc.boolean(),
  prepared: fc.boolean(),
  bootstrapped: fc.boolean(),
  bootstrapFailed: fc.boolean(),
  clusterDeleting: fc.boolean(),
  hostConnected: fc.boolean(),
};
const anyView: fc.Arbitrary<MachineView> = fc.record(
  {
    ...flags,
    claimGate: gate,
    bootstrapGate: gate,
    claim: fc.record({
      hostName: fc.constant('h'),
      hostID: fc.constant('id'),
      generation: fc.integer({ min: 1, max: 3 }),
    }),
    hostOperation: operation,
    lost: fc.record({ waiting: gate }, { requiredKeys: [] }),
  },
  {
    requiredKeys: ['deleting', 'prepared', 'bootstrapped', 'bootstrapFailed', 'clusterDeleting', 'hostConnected'],
  },
);
const anyTries: fc.Arbitrary<BootstrapProgress> = fc.record({
  generation: fc.nat(3),
  attempt: fc.nat(3),
  next: fc.constantFrom('Reset', 'Install', 'Join', 'Joined', 'Stopped'),
  retries: fc.nat(3),
  stopSeen: fc.boolean(),
});

test('deletion wins, and being bootstrapped is what was seen', () => {
  fc.assert(
    fc.property(anyView, (view) => {
      const wanted = view.bootstrapped ? 'Ready' : 'Provision';
      expect(decideStage(view)).toBe(view.deleting ? 'Teardown' : wanted);
    }),
  );
});

test('nothing is done on a host without its claim, nothing joined before its data, nothing claimed before its gates', () => {
  fc.assert(
    fc.property(anyView, anyTries, (view, tries) => {
      const step = decideProvisionStep(view, tries);
      expect(
        brokenRules({
          'on a host only with its claim': !('claim' in step) || step.claim === view.claim,
          'joined only with its data': step.kind !== 'Join' || view.bootstrapGate === undefined,
          'claimed only once, behind its gates': step.kind !== 'Claim' || (!view.claim && !view.claimGate),
        }),
      ).toEqual([]);
    }),
  );
});

test('a run that finds a failed bootstrap begins nothing by itself', () => {
  fc.assert(
    fc.property(anyView, (view) => {
      fc.pre(view.bootstrapFailed && view.claim !== undefined);
      const tries = decideBootstrapProgress(view);
      expect(tries.stopSeen).toBe(true);
      expect(decideProvisionStep(view, tries)).toEqual({ kind: 'Rest' });
    }),
  );
});

const DONE: Record<TeardownStep['kind'], Partial<TeardownProgress>> = {
  Drain: { drained: true },
  Reset: { reset: true },
  Forget: { reset: true },
  DeleteNode: { nodeDeleted: true },
  Wait: {},
  Release: {},
};
const ENDS: readonly string[] = ['Release', 'Wait'];

function walkTeardown(view: MachineView): string[] {
  const walked: string[] = [];
  for (let undone = decideTeardownProgress(view); !ENDS.includes(walked.at(-1) ?? '') && walked.length < 5;) {
    const { kind } = decideTeardownStep(view, undone);
    walked.push(kind);
    undone = { ...undone, ...DONE[kind] };
  }
  return walked;
}

test('a teardown ends in at most four steps, gives back before it deletes the Node, and releases last', () => {
  fc.assert(
    fc.property(anyView, (view) => {
      const walked = walkTeardown(view);
      const has = (kind: TeardownStep['kind']): boolean => walked.includes(kind);
      expect(walked).toEqual(Object.keys(DONE).filter((kind) => walked.includes(kind)));
      expect(
        brokenRules({
          'it ends': has('Release') || has('Wait'),
          'it waits only where it is not certain': !has('Wait') || view.lost?.waiting !== undefined,
          'no order for a host that was re-imaged': !has('Reset') || view.lost === undefined,
          'no claim is left without one or the other': !has('Release') || !view.claim || has('Reset') || has('Forget'),
        }),
      ).toEqual([]);
    }),
  );
});

test('waits only grow, and have an end', () => {
  fc.assert(
    fc.property(fc.nat(10_000), (rounds) => {
      expect(decideRetryDelay(rounds)).toBeLessThanOrEqual(decideRetryDelay(rounds + 1));
      expect(decideRetryDelay(rounds)).toBeLessThanOrEqual(RETRY_LONGEST);
      expect(decideResync(rounds)).toBeLessThanOrEqual(decideResync(rounds + 1));
      expect(decideResync(rounds)).toBeLessThanOrEqual(RESYNC_LONGEST);
      expect(decideFailurePause('NotClean', rounds)).toBeLessThanOrEqual(UNCLEAN_LONGEST);
    }),
  );
});

test('only a join that the host has begun leads to a bootstrap anew, and a host that is away is asked again', () => {
  const reason = fc.oneof(fc.constantFrom(...Object.values(FAILURE_REASONS)), fc.string());
  fc.assert(
    fc.property(fc.constantFrom(...VERBS), reason, fc.boolean(), (verb, name, offline) => {
      const verdict = decideFailure(verb, { offline, reason: name, message: '' });
      expect(
        brokenRules({
          'away is no failure': !offline || verdict === 'Again',
          'only a join is given up or begun anew': verb === 'join' || ['Again', 'Later'].includes(verdict),
        }),
      ).toEqual([]);
    }),
  );
});
