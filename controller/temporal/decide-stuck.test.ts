import proto from '@temporalio/proto';
import { expect, test } from 'vitest';
import { decideStuck } from './decide-stuck.ts';

const { WorkflowTaskFailedCause: Cause } = proto.temporal.api.enums.v1;
const cause = Cause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR;
const failing = { cause, failingForMs: 300_000 };

test.each([
  ['its code does not replay', failing, 'NonDeterministicError'],
  ['it has only begun to fail', { ...failing, failingForMs: 299_999 }, undefined],
  ['it merely waits, or its tasks time out', { ...failing, cause: undefined }, undefined],
  [
    'the server refuses a command for its size',
    { ...failing, cause: Cause.WORKFLOW_TASK_FAILED_CAUSE_BAD_SCHEDULE_ACTIVITY_ATTRIBUTES },
    undefined,
  ],
  [
    'a search attribute is gone',
    { ...failing, cause: Cause.WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES },
    'BadSearchAttributes',
  ],
])('%s', (_name, run, ended) => {
  expect(decideStuck(run, 300_000)).toBe(ended);
});
