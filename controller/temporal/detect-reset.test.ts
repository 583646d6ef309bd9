import { expect, test } from 'vitest';
import { createLogger } from '../../common/log.ts';
import { watchNamespace } from './detect-reset.ts';

/** Looks once at each answer and then ends; gives how often the namespace was found to be another. */
async function countReplaced(answers: (string | Error)[], failures = 0): Promise<number> {
  const ending = new AbortController();
  const left = [...answers];
  let replaced = 0;
  let failing = failures;
  await watchNamespace({
    everyMs: 1,
    signal: ending.signal,
    log: createLogger('test', 'silent'),
    readId: async () => {
      const answer = left.shift();
      if (left.length === 0) ending.abort();
      if (answer instanceof Error || answer === undefined) throw answer ?? new Error('asked too often');
      return answer;
    },
    onReplaced: async () => {
      failing -= 1;
      if (failing >= 0) throw new Error('not now');
      replaced += 1;
    },
  });
  return replaced;
}

test('another id is another Temporal; silence is none', async () => {
  expect(await countReplaced(['a', 'a', new Error('down'), 'a'])).toBe(0);
  expect(await countReplaced(['a', new Error('down'), 'b', 'b'])).toBe(1);
});

test('what could not be told is told with the next look', async () => {
  expect(await countReplaced(['a', 'b', 'b', 'b'], 1)).toBe(1);
});
