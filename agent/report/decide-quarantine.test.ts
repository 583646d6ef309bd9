import { expect, test } from 'vitest';
import type { OperationProgress } from '../../api/report/reported-host.ts';
import type { OperationRecord } from '../journal/operations.ts';
import { decideQuarantine } from './decide-quarantine.ts';

const open = { incarnation: 'a', generation: 2 };
const error = { reason: 'NotClean', message: 'link wg0', remedy: 'Remove it' } as const;
const ended = (operation: string, more: Partial<OperationRecord> = {}): OperationRecord => ({
  key: { ...open, operation },
  state: 'Failed',
  message: '',
  error,
  ...more,
});
const done = (operation: string): OperationRecord => ({ key: { ...open, operation }, state: 'Succeeded', message: '' });
const waiting = (more: Partial<OperationProgress> = {}): OperationProgress => ({
  operation: 'reset#1',
  generation: 2,
  state: 'Running',
  reason: 'ResetBlocked',
  message: 'a foreign mount',
  ...more,
});

test('a reset that could not prove the host clean quarantines it, with cause and remedy', () => {
  expect(decideQuarantine({ open, ended: [done('install/v1'), ended('reset')] })).toEqual({
    reason: 'NotClean',
    message: 'link wg0. Remove it',
  });
});

test('a reset that waits quarantines for as long as it says what blocks it', () => {
  expect(decideQuarantine({ open, ended: [], latest: waiting() })?.reason).toBe('ResetBlocked');
  expect(decideQuarantine({ open, ended: [], latest: waiting({ reason: 'DiskFull' }) })).toBeUndefined();
});

test('while the next reset runs the host stays in quarantine; when one has ended well it does not', () => {
  const { reason: _, ...running } = waiting();
  expect(decideQuarantine({ open, ended: [ended('reset')], latest: running })?.reason).toBe('NotClean');
  expect(decideQuarantine({ open, ended: [ended('reset'), done('reset/keep-claim')] })).toBeUndefined();
});

test.each([
  ['nothing is claimed', { ended: [ended('reset')] }],
  ['another claim was not clean', { open: { ...open, generation: 3 }, ended: [ended('reset')] }],
  [
    'a reset was refused for another reason',
    { open, ended: [ended('reset', { error: { ...error, reason: 'HostBusy' } })] },
  ],
  ['something else failed', { open, ended: [ended('join')] }],
  ['an earlier claim waited', { open, ended: [], latest: waiting({ generation: 1 }) }],
  ['what waited has ended', { open, ended: [], latest: waiting({ state: 'Stopped' }) }],
] as const)('no quarantine: %s', (_what, remembered) => {
  expect(decideQuarantine(remembered)).toBeUndefined();
});
