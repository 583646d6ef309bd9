import { expect, test } from 'vitest';
import { byoHost, byoMachine, claimOf, condition, reportedHost } from '../../test/support/builders.ts';
import { decideProgress, withoutBytes } from './decide-progress.ts';
import { fingerprintOf } from './fingerprint.ts';

const SAID = 'install/v1.36.3 on h, step 1 of 11';

const machineThat = (reason: string, message = SAID, status: 'True' | 'False' = 'False') =>
  byoMachine('m', { status: { conditions: [condition('HostPrepared', status, reason, message)] } });

const hostAt = (more: Record<string, unknown> = {}) => {
  const fetching = { operation: 'install/v1.36.3', generation: 3, state: 'Running', step: 'FetchBundle' };
  const operation = { ...fetching, bytes: 120_400_000, total: 283_000_000, ...more };
  return byoHost('h', { spec: { claim: claimOf('m', 3) }, status: { reported: reportedHost({ operation }) } });
};

test('the bytes of the step are told after what the workflow says of it', () => {
  const told = decideProgress({ machine: machineThat('FetchBundle'), host: hostAt() });
  expect(told).toEqual({
    ...condition('HostPrepared', 'False', 'FetchBundle', `${SAID}; FetchBundle 120 of 283 MB (42 %)`),
  });
});

test('new bytes take the place of the old, and the same are not told again', () => {
  const before = machineThat('FetchBundle', `${SAID}; FetchBundle 7 of 283 MB (2 %)`);
  const message = `${SAID}; FetchBundle 120 of 283 MB (42 %)`;
  expect(decideProgress({ machine: before, host: hostAt() })?.message).toBe(message);
  expect(decideProgress({ machine: machineThat('FetchBundle', message), host: hostAt() })).toBeUndefined();
  expect(withoutBytes(message)).toBe(SAID);
});

test.each([
  ['the workflow tells of another step', machineThat('UnpackBinaries'), hostAt()],
  ['the workflow tells of a failure', machineThat('BundleUnavailable'), hostAt()],
  ['it is prepared', machineThat('FetchBundle', SAID, 'True'), hostAt()],
  ['the operation is another claim’s', machineThat('FetchBundle'), hostAt({ generation: 2 })],
  ['the operation has ended', machineThat('FetchBundle'), hostAt({ state: 'Failed' })],
  ['it is no install', machineThat('FetchBundle'), hostAt({ operation: 'join' })],
  ['no bytes are known', machineThat('FetchBundle'), hostAt({ bytes: undefined })],
  ['nobody knows how many there are', machineThat('FetchBundle'), hostAt({ total: 0 })],
  ['there is no condition yet', byoMachine('m'), hostAt()],
])('nothing is told when %s', (_when, machine, host) => {
  expect(decideProgress({ machine, host })).toBeUndefined();
});

test('what a step waits for is told, and gone when it goes on', () => {
  const waiting = hostAt({ message: 'no source gives the bundle: a: away; b: away', reason: 'BundleUnavailable' });
  const told = decideProgress({ machine: machineThat('FetchBundle'), host: waiting })?.message ?? '';
  const why = ': no source gives the bundle: a: away; b: away';
  expect(told).toBe(`${SAID}${why}; FetchBundle 120 of 283 MB (42 %)`);
  const after = decideProgress({ machine: machineThat('FetchBundle', told), host: hostAt() });
  expect(after?.message).toBe(`${SAID}; FetchBundle 120 of 283 MB (42 %)`);
});

test('a host that lies has no more than all of it', () => {
  const told = decideProgress({ machine: machineThat('FetchBundle'), host: hostAt({ bytes: 9e15, total: 1e6 }) });
  expect(told?.message).toBe(`${SAID}; FetchBundle 1 of 1 MB (100 %)`);
});

test('bytes wake no workflow: neither those of the host nor those of the condition', () => {
  const host = hostAt();
  const same = (bytes: number, message: string) =>
    fingerprintOf({
      machine: machineThat('FetchBundle', message),
      host: { ...host, status: hostAt({ bytes }).status },
      hosts: [],
    });
  expect(same(1, SAID)).toBe(same(2e8, `${SAID}; FetchBundle 200 of 283 MB (70 %)`));
});
