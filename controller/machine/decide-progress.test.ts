import { expect, test } from 'vitest';
import { STEPS_OF, VERBS } from '../../api/steps.ts';
import { byoHost, byoMachine, claimOf, condition, reportedHost } from '../../test/support/builders.ts';
import { decideProgress } from './decide-progress.ts';

const hostAt = (more: Record<string, unknown> = {}, link: 'True' | 'False' = 'True') => {
  const fetching = { operation: 'install/v1.36.3', generation: 3, state: 'Running', step: 'FetchBundle' };
  const operation = { ...fetching, bytes: 120_400_000, total: 283_000_000, ...more };
  const conditions = [condition('Connected', link, 'R')];
  return byoHost('h', {
    spec: { claim: claimOf('m', 3) },
    status: { reported: reportedHost({ operation }), conditions },
  });
};
const told = (more: Record<string, unknown> = {}, link: 'True' | 'False' = 'True') =>
  decideProgress({ machine: byoMachine('m'), host: hostAt(more, link) }).at(0);

test('step and bytes of the operation of the claim', () => {
  const message = 'install/v1.36.3 on h, step 1 of 11; FetchBundle 120 of 283 MB (42 %)';
  expect(told()).toEqual({ type: 'Progressing', status: 'True', reason: 'FetchBundle', message });
});

test('what a step waits for, and how often it was tried', () => {
  const { message } = told({ message: 'no source gives the bundle', attempt: 3, bytes: undefined }) ?? {};
  expect(message).toBe('install/v1.36.3 on h, step 1 of 11 (attempt 3): no source gives the bundle');
});

test.each(VERBS)('every step of %s is told by its name', (verb) => {
  for (const [index, step] of STEPS_OF[verb].entries()) {
    const progress = told({ operation: verb, step, bytes: undefined });
    expect(progress).toMatchObject({
      reason: step,
      message: `${verb} on h, step ${index + 1} of ${STEPS_OF[verb].length}`,
    });
  }
});

test('a host that is away is not said to get on', () => {
  expect(told({}, 'False')).toMatchObject({ status: 'Unknown', reason: 'HostOffline' });
});

test.each(['Succeeded', 'Failed', 'Stopped'])('an operation that has ended: %s', (state) => {
  expect(told({ state })).toEqual({
    type: 'Progressing',
    status: 'False',
    reason: state,
    message: 'install/v1.36.3 on h',
  });
});

test('before the first operation there is nothing to tell; after the last claim it is taken back', () => {
  expect(told({ generation: 2 })).toBeUndefined();
  const machine = byoMachine('m', { status: { conditions: [condition('Progressing', 'True', 'FetchBundle', 'x')] } });
  expect(decideProgress({ machine })).toMatchObject([{ status: 'False', reason: 'Idle' }]);
});

test('a host that lies has no more than all of it, and no reason but our steps', () => {
  expect(told({ bytes: 9e15, total: 1e6 })?.message).toContain('FetchBundle 1 of 1 MB (100 %)');
  expect(told({ total: 0 })?.message).not.toContain('MB');
  expect(told({ step: 'Ready' })).toMatchObject({ reason: 'Running', message: 'install/v1.36.3 on h' });
  expect(told({ operation: 'join', step: 'FetchBundle' })).toMatchObject({ reason: 'Running' });
});
