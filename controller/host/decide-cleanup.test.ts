import { expect, test } from 'vitest';
import { ANNOTATIONS } from '../../api/names.ts';
import { byoHost, claimOf, reportedHost } from '../../test/support/builders.ts';
import { cleanupOf, decideCleanupNotification } from './decide-cleanup.ts';

const hostID = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';
const owing = (reported: Record<string, unknown> = {}, spec: Record<string, unknown> = {}) =>
  byoHost('h', {
    spec: { hostID, cleanupOwed: claimOf('m', 3), ...spec },
    status: { reported: reportedHost(reported) },
  });
const news = (host = owing(), more: { connected?: boolean; ownerGone?: boolean } = {}) =>
  decideCleanupNotification({ host, connected: true, ownerGone: false, ...more })?.fingerprint;

test('what is owed is told with whose it was and where', () => {
  expect(cleanupOf(owing(), 'x')).toEqual({
    machine: { management: 'x', namespace: 'default', name: 'm', incarnation: 'uid-m' },
    claim: { hostName: 'h', hostID, generation: 3 },
  });
});

test('no clean-up is given to a host that somebody holds, or that owes none', () => {
  expect(cleanupOf(owing({}, { claim: claimOf('n', 4), lastGeneration: 4 }), 'x')).toBeUndefined();
  expect(cleanupOf(byoHost('h'), 'x')).toBeUndefined();
});

test('a host that is away is no news', () => {
  expect(news(owing(), { connected: false })).toBeUndefined();
});

const running = (step: string, bytes = 0) => ({
  operation: { operation: 'reset', generation: 3, state: 'Running', step, bytes },
});

test.each([
  ['another key', owing({}, { keys: [] }), {}],
  ['the end of its claim', owing({ openClaim: { incarnation: 'uid-m', generation: 3 } }), {}],
  ['foreign software', owing({ findings: [{ code: 'ForeignSoftware', message: 'x', remedy: 'y' }] }), {}],
  ['the end of the Machine', owing(), { ownerGone: true }],
])('%s is news', (_what, host, more) => {
  expect(news(host, more)).not.toBe(news());
});

const said = (word: string) => ({
  ...owing(),
  metadata: { ...owing().metadata, annotations: { [ANNOTATIONS.lookAgain]: word } },
});

test('a person’s word on the host is news, each time it is another', () => {
  expect(new Set([news(), news(said('noon')), news(said('one'))]).size).toBe(3);
});

test('steps and bytes are none', () => {
  expect(news(owing(running('StopKubelet', 1)))).toBe(news(owing(running('ResetKubeadm', 2))));
  expect(news(owing(running('StopKubelet')))).toBe(news());
});
