// What the steps of a host look like beside its bar, and that a host cannot make them look like something else.
import { expect, test } from 'vitest';
import type { OperationResult } from '../api/activities.ts';
import { describeSteps } from './details.ts';

const result = (steps: unknown): OperationResult =>
  JSON.parse(JSON.stringify({ operation: 'install/v1.36.3', generation: 1, message: 'done', steps }));
const step = (name: string, more = {}) => ({
  step: name,
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 1.5,
  attempts: 1,
  ...more,
});

test('a row a step', () => {
  expect(
    describeSteps([
      result([
        step('FetchBundle', { bytes: 275_012_345, awaySeconds: 12.5 }),
        step('ImportImages', { seconds: 7, attempts: 2 }),
      ]),
    ]),
  ).toEqual([
    [
      '**install/v1.36.3**',
      '',
      '| step | began | seconds | attempts | MB | link away, s |',
      '| --- | --- | --- | --- | --- | --- |',
      '| FetchBundle | 2026-01-01T00:00:00.000Z | 1.5 | 1 | 275.0 | 12.5 |',
      '| ImportImages | 2026-01-01T00:00:00.000Z | 7 | 2 |  |  |',
    ].join('\n'),
  ]);
});

test('of an operation that failed it says why, and which step ended it', () => {
  const steps = [step('RunBootCommands'), step('RunBootstrapCommands', { attempts: 3, failed: true })];
  const [table = ''] = describeSteps([{ operation: 'join', steps, failed: 'StepFailed' }]);
  expect(table.split('\n')[0]).toBe('**join** failed: StepFailed');
  expect(table).toMatch(/\| RunBootstrapCommands - failed \| \S+ \| 1\.5 \| 3 \|  \|  \|$/);
});

test('an agent that tells no steps, or none that are some, is told of without', () => {
  expect(
    describeSteps([
      { operation: 'join', failed: 'TimedOut' },
      result(undefined),
      result([]),
      result('FetchBundle'),
      result(7),
      result([null]),
    ]),
  ).toEqual([]);
});

test('what a host says formats nothing, and does not grow without end', () => {
  const [table = ''] = describeSteps([
    result(Array.from({ length: 99 }, () => step('|](http://x)\n# `a` <b>'.repeat(9)))),
  ]);
  expect(table.split('\n')).toHaveLength(36);
  expect(table).not.toMatch(/[`<>()[\]]|\n#/);
});

test.each(['https://evil.example/x', 'WWW.evil.example', '__bold__'])('nor is it a link: %s', (name) => {
  const [table] = describeSteps([result([step(name)])]);
  expect(table).toContain('| step |');
  expect(table).not.toMatch(/:\/\/|www\.|_/i);
});
