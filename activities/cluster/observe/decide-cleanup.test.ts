import { expect, test } from 'vitest';
import { ANNOTATIONS } from '../../../api/names.ts';
import { byoHost, claimOf, condition, reportedHost } from '../../../test/support/builders.ts';
import { decideCleanup } from './decide-cleanup.ts';

const owed = claimOf('m', 3);
const cleanup = {
  machine: { management: 'x', namespace: 'default', name: 'm', incarnation: 'uid-m' },
  claim: { hostName: 'h', hostID: '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11', generation: 3 },
};
const foreign = { code: 'ForeignSoftware', message: 'k3s lives here already', remedy: 'Uninstall it' };

type Parts = Parameters<typeof byoHost>[1];
const hostOf = ({ metadata, spec, status }: NonNullable<Parts> = {}) =>
  byoHost('h', { metadata: metadata ?? {}, spec: { cleanupOwed: owed, ...spec }, status: status ?? {} });
const reporting = (reported: Record<string, unknown>) => hostOf({ status: { reported: reportedHost(reported) } });
const view = (host: ReturnType<typeof hostOf> | undefined, ownerGone = true) =>
  decideCleanup({ host, ownerGone }, cleanup);

test('a connected host that nobody holds is reset, and free afterwards', () => {
  expect(view(hostOf())).toEqual({ settled: false, hostConnected: true });
});

test.each([
  ['the host is not there', undefined],
  ['nothing is owed', hostOf({ spec: { cleanupOwed: undefined } })],
  ['another generation is owed', hostOf({ spec: { cleanupOwed: claimOf('m', 4) } })],
  ['another machine is owed', hostOf({ spec: { cleanupOwed: claimOf('n', 3) } })],
])('nothing is left to do: %s', (_why, host) => {
  expect(view(host).settled).toBe(true);
});

test.each([
  ['away', { status: { conditions: [condition('Connected', 'False', 'LeaseStale')] } }, 'HostOffline', /byo-agent/],
  ['never heard', { status: { conditions: [] } }, 'HostOffline', /byo-agent/],
  ['paused', { metadata: { annotations: { [ANNOTATIONS.paused]: '' } } }, 'Paused', /h is paused/],
  ['moving', { metadata: { annotations: { [ANNOTATIONS.deleteForMove]: '' } } }, 'Held', /clusterctl move/],
  ['claimed', { spec: { claim: claimOf('n', 4), lastGeneration: 4 } }, 'Held', /claimed by default\/n/],
])('no reset of a host that is %s', (_why, parts, reason, message) => {
  const { resetGate } = view(hostOf(parts));
  expect(resetGate).toEqual({ reason, message: expect.stringMatching(message) });
});

test('a clean host waits for the Machine, a dirty one is not kept from its reset by it', () => {
  const seen = view(hostOf(), false);
  expect(seen.resetGate).toBeUndefined();
  expect(seen.freeGate?.reason).toBe('WaitingForMachineDeletion');
});

test.each(['ForeignSoftware', 'ZoneNotEmpty'])(
  '%s on a host that does not know the claim may be its owner’s',
  (code) => {
    const { resetGate } = view(reporting({ generation: 2, findings: [{ ...foreign, code }] }));
    expect(resetGate).toEqual({ reason: 'HostUnfit', message: expect.stringMatching(/k3s.*Uninstall it/) });
  },
);

test.each([
  ['is installed anew', { generation: 0 }],
  ['still holds the claim', { generation: 3, openClaim: { incarnation: 'uid-m', generation: 3 }, findings: [foreign] }],
  ['has closed the claim, and told nobody', { generation: 3, findings: [foreign] }],
])('a host that %s is reset', (_what, reported) => {
  expect(view(reporting(reported)).resetGate).toBeUndefined();
});

const running = (generation: number) => ({ operation: 'reset', generation, state: 'Running' });

test('only an operation of this very claim is told', () => {
  expect(view(reporting({ generation: 3, operation: running(3) })).hostOperation).toMatchObject({ generation: 3 });
  expect(view(reporting({ generation: 3, operation: running(2) })).hostOperation).toBeUndefined();
});
