import { expect, test } from 'vitest';
import { ANNOTATIONS, FINALIZERS } from '../../api/names.ts';
import { byoHost, byoMachine, claimOf, condition, reportedHost } from '../../test/support/builders.ts';
import { decideHost, type ObservedHost } from './decide.ts';

const deleted = { deletionTimestamp: '2026-01-02T00:00:00Z' };
type Parts = Parameters<typeof byoHost>[1];

const decide = (parts: Parts = {}, more: Partial<ObservedHost> = {}) =>
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

test('while the trust is lost the link says so, whatever it is, and afterwards it is as it was', () => {
  const trustLost = 'the CA is gone; restore it';
  for (const [liveness, status] of [
    ['fresh', 'True'],
    ['stale', 'False'],
    ['cutOff', 'Unknown'],
  ] as const) {
    const { Connected } = conditionsOf(decide({}, { liveness, trustLost }));
    expect(Connected).toEqual({ status, reason: 'TrustLost', message: trustLost });
  }
  const before = { status: { conditions: [condition('Connected', 'True', 'TrustLost', trustLost)] } };
  expect(conditionsOf(decide(before, { liveness: 'unsure' })).Connected?.reason).toBe('LeaseFresh');
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

const claimant = (parts: Parameters<typeof byoMachine>[1] = {}, held = false) => ({
  claimant: { machine: byoMachine('m', parts), held, hosts: [] },
});
const providerID = 'byoh://x/3';
const closed = (more: Record<string, unknown> = {}) => ({
  spec: { claim: claimOf('m', 3, more), lastGeneration: 3 },
  status: { reported: reportedHost({ generation: 4 }) },
});

test('a claim that only the host knows is quarantined in words that name both sides and the way out', () => {
  const seen = conditionsOf(decide({ status: { reported: reportedHost({ openClaim: open }) } })).Quarantined;
  expect(seen).toMatchObject({ status: 'True', reason: 'ClaimConflict' });
  expect(seen?.message).toMatch(/^h works for claim uid-old, generation 3; the cluster knows none\./);
  expect(seen?.message).toContain('byo host clean-up h -n default');
  const held = { spec: { claim: claimOf('m', 2) }, status: { reported: reportedHost({ openClaim: open }) } };
  expect(conditionsOf(decide(held)).Quarantined?.message).toContain('knows uid-m (default/m), generation 2.');
});

test('a host that owes one clean-up and works for another claim says the latter', () => {
  const parts = { spec: { cleanupOwed: claimOf('m', 2) }, status: { reported: reportedHost({ openClaim: open }) } };
  expect(conditionsOf(decide(parts)).Quarantined).toMatchObject({ status: 'True', reason: 'ClaimConflict' });
  const same = reportedHost({ openClaim: { incarnation: 'uid-m', generation: 2 } });
  const owed = { spec: { cleanupOwed: claimOf('m', 2) }, status: { reported: same } };
  expect(conditionsOf(decide(owed)).Quarantined?.reason).toBe('NotClean');
});

test('the claim that the host works for is written down again for the machine that bears it out', () => {
  const reported = reportedHost({ generation: 3, openClaim: { incarnation: 'uid-m', generation: 3 } });
  expect(decide({ status: { reported } }, claimant())).toEqual({ kind: 'Claim', claim: claimOf('m', 3) });
});

const seen = (parts: Parts, by: Parts) => conditionsOf(decide(parts, claimant(by))).Quarantined;

test('a claim that the host has closed is a contradiction for a prepared machine, but not on its way back', () => {
  const prepared = { spec: { providerID } };
  expect(seen(closed(), prepared)).toMatchObject({ status: 'True', reason: 'ClaimConflict' });
  expect(seen(closed(), prepared)?.message).toContain('default/m, generation 3');
  expect(seen(closed(), { ...prepared, metadata: deleted })?.status).toBe('False');
  expect(seen(closed({ releasing: true }), prepared)?.status).toBe('False');
  expect(seen(closed({ lost: true }), prepared)?.status).toBe('False');
});

test('before anything was done for it, it gets a generation that the host has not seen', () => {
  expect(decide(closed(), claimant())).toEqual({ kind: 'Claim', claim: claimOf('m', 5) });
  expect(decide(closed(), claimant({}, true)).kind).toBe('Report');
  expect(decide(closed(), claimant({ metadata: deleted })).kind).toBe('Report');
  const fresh = { spec: { claim: claimOf('m', 5) }, status: { reported: reportedHost({ generation: 4 }) } };
  expect(decide(fresh, claimant()).kind).toBe('Report');
});

test('a host that closes what it was only just given anew contradicts the cluster, and is given no more for a while', () => {
  const decision = decide(closed(), { ...claimant(), renewedRecently: true });
  expect(conditionsOf(decision).Quarantined).toMatchObject({ status: 'True', reason: 'ClaimConflict' });
  const going = decide(closed(), { ...claimant({ metadata: deleted }), renewedRecently: true });
  expect(conditionsOf(going).Quarantined?.status).toBe('False');
});
