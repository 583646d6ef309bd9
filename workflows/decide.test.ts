// The decisions alone, by tables.
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MachineView } from '../api/activities.ts';
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
} from './decide.ts';
import { describeFailure } from './failures.ts';

const VIEW: MachineView = {
  deleting: false,
  prepared: false,
  bootstrapped: false,
  bootstrapFailed: false,
  clusterDeleting: false,
  hostConnected: true,
};
const claim = { hostName: 'host-1', hostID: 'id', generation: 2 };
const reported = (operation: string) => ({ operation, generation: 2, state: 'Failed' as const });

test('deletion wins over being bootstrapped', () => {
  expect(decideStage({ ...VIEW, bootstrapped: true, deleting: true })).toBe('Teardown');
  expect(decideStage({ ...VIEW, bootstrapped: true })).toBe('Ready');
  expect(decideStage(VIEW)).toBe('Provision');
});

test.each([
  ['the first claim of a host', {}, { attempt: 0, next: 'Install', retries: 0 }],
  ['a host that is prepared', { prepared: true }, { attempt: 0, next: 'Join', retries: 0 }],
  [
    'install tried again',
    { hostOperation: reported('install/v1.36.3#4') },
    { attempt: 4, next: 'Install', retries: 0 },
  ],
  ['the second bootstrap', { prepared: true, hostOperation: reported('join#1') }, { attempt: 1, retries: 1 }],
  ['a reset between', { prepared: true, hostOperation: reported('reset/keep-claim#2') }, { attempt: 2, next: 'Reset' }],
  ['a stop for good', { prepared: true, bootstrapFailed: true }, { next: 'Stopped', stopSeen: true }],
])('tries are read back from %s', (_what, seen, expected) => {
  expect(decideBootstrapProgress({ ...VIEW, claim, ...seen })).toMatchObject(expected);
});

test('installing does not wait for bootstrap data, joining does', () => {
  const view = { ...VIEW, claim, bootstrapGate: { reason: 'WaitingForBootstrapData', message: '' } };
  expect(decideProvisionStep(view, decideBootstrapProgress(view)).kind).toBe('Install');
  expect(decideProvisionStep(view, { ...decideBootstrapProgress(view), next: 'Join' }).kind).toBe('Wait');
});

test('a claim that stands is not made again, whatever gate closed since', () => {
  const view = { ...VIEW, claim, claimGate: { reason: 'WaitingForOwnerMachine', message: '' } };
  expect(decideProvisionStep(view, decideBootstrapProgress(view)).kind).toBe('Install');
});

test('a machine whose final reset has begun is not drained again', () => {
  const view = { ...VIEW, claim, prepared: true, bootstrapped: true, deleting: true };
  expect(decideTeardownStep(view, decideTeardownProgress(view)).kind).toBe('Drain');
  const begun = { ...view, hostOperation: reported('reset#1') };
  expect(decideTeardownProgress(begun)).toMatchObject({ attempt: 1 });
  expect(decideTeardownStep(begun, decideTeardownProgress(begun)).kind).toBe('Reset');
  const between = { ...view, hostOperation: reported('reset/keep-claim#1') };
  expect(decideTeardownProgress(between)).toMatchObject({ attempt: 0, drained: false });
});

test('a host that is claimed is never released before its reset', () => {
  const flag = fc.boolean();
  const view = fc.record({ prepared: flag, bootstrapped: flag, clusterDeleting: flag });
  const undone = fc.record({ drained: flag, nodeDeleted: flag, reset: fc.constant(false), attempt: fc.nat(5) });
  fc.assert(
    fc.property(view, undone, (seen, done) => {
      expect(decideTeardownStep({ ...VIEW, ...seen, claim, deleting: true }, done).kind).not.toBe('Release');
    }),
  );
});

test.each([
  ['join', 'BootstrapFailed', 'Anew'],
  ['join', 'OperationStopped', 'Anew'],
  ['join', 'BootstrapTokenExpired', 'Stop'],
  ['join', 'ClaimConflict', 'Again'],
  ['install', 'BundleInvalid', 'Later'],
  ['install', 'Reseal', 'Again'],
  ['join', 'AgentTooOld', 'Again'],
  ['join', 'DiskFull', 'Again'],
  ['join', 'DiskReadOnly', 'Again'],
  ['reset', 'NotClean', 'Later'],
] as const)('%s that fails with %s: %s', (verb, reason, verdict) => {
  expect(decideFailure(verb, { offline: false, reason, message: '' })).toBe(verdict);
});

test('the first failure may be tried again at once, the next ever more rarely', () => {
  expect([1, 2, 3, 4, 50].map(decideRetryDelay)).toEqual([0, 5000, 10_000, 20_000, 600_000]);
  expect([0, 1, 2, 9].map(decideResync)).toEqual([60_000, 120_000, 240_000, 600_000]);
});

const minutes = (reason: string) => [1, 2, 3, 4, 50].map((failures) => decideFailurePause(reason, failures) / 60_000);

test('what a host is not clean of is a person’s to mend: hardly asked for unasked, as all else is within minutes', () => {
  expect(minutes('NotClean')).toEqual([1, 120, 120, 120, 120]);
  expect(minutes('BundleInvalid')).toEqual([1, 2, 4, 8, 10]);
});

const failed = (cause: Error) => new ActivityFailure('failed', 'install', '1', 'NON_RETRYABLE_FAILURE', 'host', cause);

test('a failure is told by its own reason and remedy; only a task that nobody took means offline', () => {
  const named = ApplicationFailure.create({ type: 'DiskFull', message: 'no space on /var', details: ['Free 2 GiB'] });
  expect(describeFailure(failed(named))).toEqual({
    offline: false,
    reason: 'DiskFull',
    message: 'no space on /var. Free 2 GiB',
  });
  const lay = new TimeoutFailure(undefined, undefined, 'SCHEDULE_TO_START');
  expect(describeFailure(failed(lay))).toMatchObject({ offline: true });
  const typeError = ApplicationFailure.create({ type: 'TypeError', message: 'x is undefined' });
  expect(describeFailure(failed(typeError))).toMatchObject({ offline: false, reason: 'StepFailed' });
});
