// What failed, told once more at the end: a log of twenty minutes is read from its last lines, or only they were kept.
import { z } from 'zod';

/** What is read of vitest's JSON report (its reporter `json`, which follows Jest's). */
const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string().describe('The path of the test file.'),
      status: z.string(),
      message: z.string().describe('Why the file could not be loaded; else empty.'),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

export type Counts = { passed: number; failed: number; skipped: number; failures: Failure[] };
type Failure = { test: string; message: string };

/** Enough for an assertion's two sides and where it stands; the whole of it is further up. */
const MESSAGE_LINES = 8;

/** @throws ZodError of a text that is no such report, SyntaxError of one that is no JSON. */
export function readReport(text: string): Counts {
  const report = Report.parse(JSON.parse(text));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: report.testResults.filter(({ status }) => status === 'failed').flatMap(failuresOf),
  };
}

/** A file whose hook failed has no failed test and no message in the report: it is named all the same. */
function failuresOf({ name, message, assertionResults }: z.infer<typeof Report>['testResults'][number]): Failure[] {
  const tests = assertionResults.filter(({ status }) => status === 'failed');
  if (tests.length === 0) return [{ test: name, message: shorten(message || 'a hook failed, see above') }];
  return tests.map(({ fullName, failureMessages }) => ({
    test: fullName,
    message: shorten(failureMessages.join('\n')),
  }));
}

function shorten(message: string): string {
  return message
    .split('\n')
    .filter((line) => line.trim() !== '' && !/\/node_modules\/|<anonymous>/.test(line))
    .slice(0, MESSAGE_LINES)
    .join('\n');
}
