import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidObjectError, KubeError } from '../common/kube/errors.ts';
import { ByoError, OperationError } from '../common/errors.ts';
import { asActivity, toFailure } from './failure.ts';

const broken = new ByoError('BundleInvalid', 'no index', { remedy: 'Make it anew', retryable: false });
const parsed = z.string().safeParse(1).error;

test.each([
  [new KubeError(403, 'Forbidden', 'may not'), 'KubeError', false],
  [new KubeError(0, 'Unreachable', 'no answer'), 'KubeError', false],
  [parsed, 'ZodError', true],
  [new InvalidObjectError('ByoHost x', 'spec: required'), 'InvalidObjectError', true],
  [new TypeError('undefined is no function'), 'TypeError', true],
  [broken, 'BundleInvalid', true],
])('%s leaves an activity beside the controller as %s, for good: %s', async (error, type, nonRetryable) => {
  const failed = asActivity(async () => {
    throw error;
  })();
  await expect(failed).rejects.toMatchObject({ type, nonRetryable });
  await expect(failed).rejects.toBeInstanceOf(ApplicationFailure);
});

test('on a host a fault of the program is tried again: what runs there goes on, and the retry finds it', () => {
  expect(toFailure(new TypeError('undefined is no function'))).toMatchObject({ nonRetryable: false });
});

test('a failed operation tells its remedy first, and then how far it came', () => {
  const step = {
    step: 'FetchBundle',
    startedAt: '2026-01-01T00:00:00Z',
    seconds: 2,
    attempts: 3,
    failed: true,
  } as const;
  const { reason, remedy, retryable } = broken;
  expect(toFailure(new OperationError(broken, [step]))).toMatchObject({
    type: reason,
    nonRetryable: !retryable,
    details: [remedy, { steps: [step] }],
  });
  expect(toFailure(new OperationError(broken, []))).toMatchObject({ details: [remedy] });
});
