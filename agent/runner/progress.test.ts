import { expect, test } from 'vitest';
import type { OperationProgress } from '../../api/report/reported-host.ts';
import { decideBackoff } from '../../common/backoff.ts';
import { STEP_BACKOFF } from './keep-trying.ts';
import { createProgress } from './progress.ts';

function record(): { said: OperationProgress[]; clock: { now: number }; progress: ReturnType<typeof createProgress> } {
  const said: OperationProgress[] = [];
  const clock = { now: 0 };
  const key = { incarnation: 'a', generation: 2, operation: 'join' };
  const progress = createProgress(key, {
    onProgress: (it) => said.push(it),
    now: () => clock.now,
    awaySeconds: () => 0,
  });
  return { said, clock, progress };
}

test('a step is told at once, counts every 15 seconds at most', () => {
  const { said, clock, progress } = record();
  progress.begin('FetchBundle', 1);
  for (clock.now = 1000; clock.now <= 30_000; clock.now += 1000) progress.update({ bytes: clock.now, total: 99_000 });
  expect(said.map(({ bytes }) => bytes)).toEqual([undefined, 15_000, 30_000]);
  expect(progress.current().bytes).toBe(30_000);
  progress.begin('ImportImages', 1);
  expect(said.at(-1)).toEqual({ operation: 'join', generation: 2, state: 'Running', step: 'ImportImages', attempt: 1 });
});

test('a reason is told at once, once, and stays over attempts', () => {
  const { said, clock, progress } = record();
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    progress.begin('FetchBundle', attempt);
    clock.now += 1000;
    progress.update({ message: 'no \u001b[31mlink' });
  }
  expect(said.map(({ message }) => message)).toEqual([undefined, 'no  [31mlink']);
  expect(progress.current().attempt).toBe(10);
});

test('what it waits for is named as long as it waits', () => {
  const { progress } = record();
  progress.begin('CompareBaseline', 1);
  progress.update({ message: 'a mount', reason: 'ResetBlocked' });
  progress.begin('CompareBaseline', 2);
  expect(progress.current()).toMatchObject({ message: 'a mount', reason: 'ResetBlocked' });
  progress.end('Succeeded', 'done');
  expect(progress.current()).not.toHaveProperty('reason');
});

test('nothing is said after the end', () => {
  const { said, progress } = record();
  progress.end('Failed', 'why');
  progress.update({ message: 'late' });
  progress.begin('FetchBundle', 1);
  expect(said).toEqual([{ operation: 'join', generation: 2, state: 'Failed', message: 'why' }]);
});

test('back-off is jittered between 1 s and a bound that doubles to 30 s', () => {
  expect([1, 2, 3, 4, 5, 50].map((failures) => decideBackoff(STEP_BACKOFF, failures, 0))).toEqual(Array(6).fill(1000));
  expect([1, 2, 3, 4, 5, 50].map((failures) => decideBackoff(STEP_BACKOFF, failures, 1))).toEqual([
    2000, 4000, 8000, 16_000, 30_000, 30_000,
  ]);
});
