import { expect, test } from 'vitest';
import { ANNOTATIONS, FINALIZERS } from '../api/names.ts';
import { byoHost, claimOf, condition, reportedHost } from '../test/builders.ts';
import { decideHost, type HostSituation } from './decide-host.ts';

const deleted = { deletionTimestamp: '2026-01-02T00:00:00Z' };
type Parts = Parameters<typeof byoHost>[1];

const decide = (parts: Parts = {}, more: Partial<HostSituation> = {}) =>
  decideHost({ host: byoHost('h', parts), liveness: 'fresh', claimEnded: false, ...more });

const conditionsOf = (decision: ReturnType<typeof decideHost>) =>
  Object.fromEntries(
    (decision.kind === 'Report' ? decision.status.conditions : []).map(({ type, status, reason, message }) => [
      type,
      { status, reason, message },
    ]),
  );

test('a host that suits is available', () => {
  expect(conditionsOf(decide())).toMatchObject({
    Connected: { status: 'True', reason: 'LeaseFresh' },
    Fit: { status: 'True' },
    Quarantined: { status: 'False' },
    Available: { status: 'True' },
  });
});

const finding = { code: 'SwapOn', message: 'swap is on', remedy: 'Turn it off' };
const open = { incarnation: 'uid-old', generation: 3 };
const blocked = { status: { reported: reportedHost({ quarantine: { reason: 'ResetBlocked', message: '/mnt is' } }) } };

test.each([
  ['claimed', { spec: { claim: claimOf('m', 2) } }, 'Claimed', 'default/m, generation 2'],
  ['being given back', { spec: { claim: claimOf('m', 2, { releasing: true }) } }, 'Claimed', 'being given back by'],
  ['claimed and deleting', { metadata: deleted, spec: { claim: claimOf('m') } }, 'Claimed', 'is being deleted'],
  ['owing and deleting', { metadata: deleted, spec: { cleanupOwed: claimOf('m') } }, 'Deleting', ''],
  ['owing', { spec: { cleanupOwed: claimOf('m') } }, 'NotClean', 'default/m was forced away'],
  ['owing, and blocked', { spec: { cleanupOwed: claimOf('m') }, ...blocked }, 'ResetBlocked', '/mnt'],
  ['unschedulable', { spec: { unschedulable: true } }, 'Unschedulable', 'spec.unschedulable'],
  [
    'unfit',
    { status: { reported: reportedHost({ findings: [finding] }) } },
    'HostUnfit',
    'SwapOn: swap is on. Turn it',
  ],
  ['never inspected', { status: { reported: undefined } }, 'NeverSeen', 'not inspected'],
  ['in another claim', { status: { reported: reportedHost({ openClaim: open }) } }, 'ClaimConflict', 'uid-old'],
  [
    'quarantined by itself',
    { status: { reported: reportedHost({ quarantine: { reason: 'NotClean', message: 'link wg0 is left' } }) } },
    'NotClean',
    'link wg0',
  ],
  ['without a key', { spec: { keys: [] } }, 'WaitingForHostKey', 'sealing key'],
])('not available: %s', (_name, parts, reason, message) => {
  const { Available } = conditionsOf(decide(parts));
  expect(Available).toMatchObject({ status: 'False', reason });
  expect(Available?.message).toContain(message);
});

const holds = (generation: number) => ({
  spec: { claim: claimOf('m', 3) },
  status: { reported: reportedHost({ openClaim: { incarnation: 'uid-m', generation } }) },
});

test('the claim that the host works for is no conflict; an older one is', () => {
  expect(conditionsOf(decide(holds(3))).Quarantined?.status).toBe('False');
  expect(conditionsOf(decide(holds(2))).Quarantined).toMatchObject({ status: 'True', reason: 'ClaimConflict' });
});

test('a host that is being given back and is not clean says so, and is held', () => {
  const quarantine = { reason: 'JournalDamaged', message: 'cannot be trusted' };
  const seen = conditionsOf(
    decide({ spec: { claim: claimOf('m', 3) }, status: { reported: reportedHost({ quarantine }) } }),
  );
  expect(seen.Quarantined).toEqual({ status: 'True', ...quarantine });
  expect(seen.Available).toMatchObject({ status: 'False', reason: 'Claimed' });
});

test.each([
  ['stale', 'False', 'LeaseStale'],
  ['never', 'False', 'NeverSeen'],
  ['cutOff', 'Unknown', 'LeaseStale'],
] as const)('a %s Lease is Connected=%s, and nobody claims the host', (liveness, status, reason) => {
  const { Connected, Available } = conditionsOf(decide({}, { liveness }));
  expect(Connected).toMatchObject({ status, reason });
  expect(Available?.status).toBe('False');
});

test('after a restart of ours what was said of the link stays until we know', () => {
  const before = { status: { conditions: [condition('Connected', 'False', 'LeaseStale', 'silent')] } };
  const seen = conditionsOf(decide(before, { liveness: 'unsure' }));
  expect(seen.Connected).toEqual({ status: 'False', reason: 'LeaseStale', message: 'silent' });
  const fresh = conditionsOf(decide({ status: { conditions: [] } }, { liveness: 'unsure' }));
  expect(fresh.Connected?.status).toBe('True');
});

test.each([
  ['a new host gets our finalizer', { metadata: { finalizers: [] } }, 'SetFinalizers'],
  ['a free host may go', { metadata: deleted }, 'SetFinalizers'],
  ['a host that is going without us', { metadata: { ...deleted, finalizers: [] } }, 'Nothing'],
  [
    'a host on its way elsewhere',
    { metadata: { ...deleted, annotations: { [ANNOTATIONS.deleteForMove]: '' } } },
    'Nothing',
  ],
  ['a paused host', { metadata: { annotations: { [ANNOTATIONS.paused]: '' } } }, 'Nothing'],
])('%s', (_name, parts, kind) => {
  expect(decide(parts).kind).toBe(kind);
});

test('the finalizer falls from a free host only', () => {
  expect(decide({ metadata: deleted })).toEqual({ kind: 'SetFinalizers', finalizers: [] });
  expect(decide({ metadata: { ...deleted, finalizers: ['x', FINALIZERS.host] } })).toMatchObject({ finalizers: ['x'] });
  expect(decide({ metadata: deleted, spec: { claim: claimOf('m') } }).kind).toBe('Report');
});

test('a claim that has ended frees the host before anything else is said', () => {
  const claim = claimOf('m', 1, { releasing: true });
  expect(decide({ spec: { claim } }, { claimEnded: true })).toEqual({ kind: 'Free' });
});
