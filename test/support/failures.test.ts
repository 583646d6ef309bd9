import { expect, test } from 'vitest';
import { readReport } from './failures.ts';

const counts = { numPassedTests: 1, numFailedTests: 1, numPendingTests: 1, numTodoTests: 0 };

function reportOf(...testResults: object[]): string {
  return JSON.stringify({ ...counts, testResults });
}

test('a failed test is named, with its message and its place in our code', () => {
  const failureMessages = [
    'AssertionError: expected 1 to be 2\n    at /x/a.test.ts:2:33\n    at /x/node_modules/vitest/a.js',
  ];
  const assertionResults = [
    { fullName: 'one', status: 'failed', failureMessages },
    { fullName: 'two', status: 'passed', failureMessages: [] },
  ];
  const { failures, ...rest } = readReport(
    reportOf({ name: 'a.test.ts', status: 'failed', message: '', assertionResults }),
  );
  expect(rest).toEqual({ passed: 1, failed: 1, skipped: 1 });
  expect(failures).toEqual([{ test: 'one', message: 'AssertionError: expected 1 to be 2\n    at /x/a.test.ts:2:33' }]);
});

test('a file that could not be loaded says why, one whose hook failed is named', () => {
  const files = ['no such module', ''].map((message) => ({
    name: 'b.test.ts',
    status: 'failed',
    message,
    assertionResults: [],
  }));
  expect(readReport(reportOf(...files)).failures.map(({ message }) => message)).toEqual([
    'no such module',
    'a hook failed, see above',
  ]);
});

test('what is no report is refused', () => {
  expect(() => readReport('{}')).toThrow('numPassedTests');
});
