import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Condition } from '../../api/meta.ts';
import type { StatusChange } from '../runtime/apply-status.ts';
import { isMereProgress, MirrorPace } from './mirror-pace.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

type Said = Partial<Pick<Condition, 'status' | 'reason' | 'message' | 'observedGeneration'>>;

const condition = (type: string, said: Said): Condition => ({
  type,
  status: 'True',
  reason: 'FetchBundle',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  observedGeneration: 1,
  ...said,
});
const conditions = ({ ready = {}, progressing = {}, connected = {} }: Record<string, Said>): Condition[] => [
  condition('Connected', { reason: 'Connected', ...connected }),
  condition('Progressing', progressing),
  condition('Ready', { status: 'False', ...ready }),
];
const change = (said: Record<string, Said>, isFields = false): StatusChange => ({
  fields: {},
  conditions: conditions(said),
  isFields,
});
const present = conditions({});
const step: Said = { reason: 'UnpackBinaries', message: 'step 5 of 11' };

test.each([
  ['another step', change({ ready: step, progressing: step }), true],
  ['more bytes', change({ progressing: { message: '120 of 283 MB' } }), true],
  ['what its deletion waits for', change({ ready: { message: 'drain on h' } }), true],
  ['the end of the operation', change({ progressing: { status: 'False', reason: 'Succeeded' } }), false],
  ['what it has failed by', change({ ready: { reason: 'BootstrapFailed' }, progressing: step }), false],
  ['that it is ready', change({ ready: { status: 'True' }, progressing: step }), false],
  ['why the link is lost', change({ connected: { message: 'silent' }, progressing: step }), false],
  ['another generation', change({ progressing: { ...step, observedGeneration: 2 } }), false],
  ['an address', change({ progressing: step }, true), false],
])('%s: mere progress or not', (_what, wanted, isMere) => {
  expect(isMereProgress(present, wanted)).toBe(isMere);
});

test('the next operation is mere progress, the first of a machine is not', () => {
  const next = change({ progressing: step });
  expect(isMereProgress(conditions({ progressing: { status: 'False', reason: 'Succeeded' } }), next)).toBe(true);
  expect(isMereProgress([], next)).toBe(false);
});

test('a step is told at once after a silence, and else when two seconds have passed', () => {
  const pace = new MirrorPace();
  const next = change({ ready: step, progressing: step });
  expect(pace.waitFor('m', present, next)).toBe(0);
  pace.note('m');
  vi.advanceTimersByTime(500);
  expect(pace.waitFor('m', present, next)).toBe(1500);
  expect(pace.waitFor('m', present, change({ progressing: { status: 'False' } }))).toBe(0);
  expect(pace.waitFor('other', present, next)).toBe(0);
  vi.advanceTimersByTime(1500);
  expect(pace.waitFor('m', present, next)).toBe(0);
});
