import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByoHost as StoredHost } from '../../../api/byo-host.ts';
import { byoHost, claimOf, condition, reportedHost } from '../../../test/support/builders.ts';
import { decideClaim, whyNot, type Wish } from './decide-claim.ts';

const wish = (name: string, more: Partial<Wish> = {}): Wish => ({
  namespace: 'default',
  name,
  createdAt: '2026-01-01T00:00:00Z',
  controlPlane: false,
  ...more,
});

const chosen = (placement: ReturnType<typeof decideClaim>) =>
  'host' in placement ? placement.host.metadata.name : placement.message;

const finding = { code: 'ForeignKubelet', message: 'a kubelet runs', remedy: 'Remove it' };
const open = { incarnation: 'other', generation: 4 };

test.each([
  ['a free host', {}, /^fits$/],
  ['another selector', { metadata: { labels: { zone: 'b' } } }, /not selected/],
  ['claimed', { spec: { claim: claimOf('x'), lastGeneration: 1 } }, /claimed by default\/x/],
  ['being given back', { spec: { claim: claimOf('x', 1, { releasing: true }) } }, /given back by default\/x/],
  ['unschedulable', { spec: { unschedulable: true } }, /unschedulable/],
  ['deleting', { metadata: { labels: { zone: 'a' }, deletionTimestamp: '2026-01-01T00:00:00Z' } }, /being deleted/],
  ['clean-up owed', { spec: { cleanupOwed: claimOf('x') } }, /quarantined/],
  [
    'a generation of its own',
    { status: { reported: reportedHost({ generation: 5000 }) } },
    /quarantined.*generation 5000/,
  ],
  ['another open claim', { status: { reported: reportedHost({ openClaim: open }) } }, /quarantined.*generation 4/],
  [
    'a host that is not proven clean',
    { status: { reported: reportedHost({ quarantine: { reason: 'NotClean', message: 'link wg0' } }) } },
    /quarantined: link wg0/,
  ],
  ['never inspected', { status: { reported: undefined } }, /never reported/],
  ['a finding', { status: { reported: reportedHost({ findings: [finding] }) } }, /ForeignKubelet.*Remove it/],
  ['another architecture', { status: { reported: reportedHost({ architecture: 'other' }) } }, /amd64 nor arm64/],
  ['not connected', { status: { conditions: [condition('Connected', 'False', 'LeaseStale', 'silent')] } }, /silent/],
  ['never seen', { status: { conditions: [] } }, /not connected/],
  ['no key', { spec: { keys: [] } }, /no sealing key/],
])('a machine and %s', (_name, parts, why) => {
  const host = byoHost('h', { metadata: { labels: { zone: 'a' } }, ...parts });
  const asked = wish('m', { selector: { matchLabels: { zone: 'a' } } });
  expect(whyNot(host, asked) ?? 'fits').toMatch(why);
});

const left = (cluster: string | undefined, kind = 'Data') => ({
  id: 'a'.repeat(32),
  kind,
  what: 'data of pods in /var/lib/rook',
  ...(cluster !== undefined && { cluster }),
});
const word = { id: 'a'.repeat(32), what: 'data', by: 'ann', at: '2026-01-01T00:00:00Z' };

test.each([
  ['its own cluster’s', left('c'), [], 'fits'],
  ['another cluster’s', left('old'), [], /has data of pods in \/var\/lib\/rook.*byo host accept/],
  ['an unknown cluster’s', left(undefined), [], /has data of pods/],
  ['another cluster’s, accepted', left('old'), [word], 'fits'],
  ['another cluster’s, while something else was accepted', left('old'), [{ ...word, id: 'b'.repeat(32) }], /has data/],
])('data on a host: %s', (_name, leftover, accepted, why) => {
  const status = {
    reported: reportedHost({ leftovers: [leftover] }),
    conditions: [condition('Connected', 'True', 'R')],
  };
  const host = byoHost('h', { spec: { accepted }, status });
  expect(whyNot(host, wish('m', { cluster: 'c' })) ?? 'fits').toMatch(why);
});

test('a leftover in words of a later release keeps the host from everybody', () => {
  for (const leftovers of [[left('c'), left('c', 'Debris')], 'many']) {
    const host = byoHost('h', { status: { conditions: [condition('Connected', 'True', 'R')] } });
    const reported = { ...reportedHost({}), leftovers };
    const stored = StoredHost.parse(JSON.parse(JSON.stringify({ ...host, status: { ...host.status, reported } })));
    expect(whyNot(stored, wish('m', { cluster: 'c' }))).toMatch(/not understood/);
  }
});

test('the failure domain that the Machine wishes is honoured', () => {
  const hosts = [byoHost('a', { spec: { failureDomain: 'x' } }), byoHost('b', { spec: { failureDomain: 'y' } })];
  expect(chosen(decideClaim(wish('m', { failureDomain: 'y' }), hosts, []))).toBe('b');
});

test('a worker leaves the only host to a control plane, a younger machine to an older one', () => {
  const hosts = [byoHost('h')];
  const young = wish('young', { createdAt: '2026-01-02T00:00:00Z' });
  const controlPlane = wish('cp', { createdAt: '2026-01-03T00:00:00Z', controlPlane: true });
  expect(chosen(decideClaim(young, hosts, [wish('old')]))).toMatch(/h is kept for old/);
  expect(chosen(decideClaim(wish('old'), hosts, [young, controlPlane]))).toMatch(/h is kept for cp/);
  expect(chosen(decideClaim(controlPlane, hosts, [young, wish('old')]))).toBe('h');
});

test('a host that would not serve anyway is not said to be kept for an older machine', () => {
  const elsewhere = wish('young', { createdAt: '2026-01-02T00:00:00Z', selector: { matchLabels: { zone: 'b' } } });
  const placement = decideClaim(elsewhere, [byoHost('h', { metadata: { labels: { zone: 'a' } } })], [wish('old')]);
  expect(chosen(placement)).toMatch(/^no host fits: 1 not selected by spec.selector/);
});

test('an older machine that the host does not suit keeps it from nobody', () => {
  const old = wish('old', { selector: { matchLabels: { gpu: 'yes' } } });
  const young = wish('young', { createdAt: '2026-01-02T00:00:00Z' });
  expect(chosen(decideClaim(young, [byoHost('h')], [old]))).toBe('h');
});

test('hosts that served least come first', () => {
  const hosts = [byoHost('a', { spec: { lastGeneration: 3 } }), byoHost('b', { spec: { lastGeneration: 1 } })];
  expect(chosen(decideClaim(wish('m'), hosts, []))).toBe('b');
});

test('an unplaced machine is told host by host, and what to do', () => {
  const hosts = [
    byoHost('a', { metadata: { labels: { role: 'x' } }, spec: { unschedulable: true } }),
    byoHost('b'),
    byoHost('c'),
  ];
  const message = chosen(decideClaim(wish('m', { selector: { matchLabels: { role: 'x' } } }), hosts, []));
  expect(message).toBe(
    'no host fits: a is unschedulable (spec.unschedulable); 2 not selected by spec.selector. ' +
      'Add or free a host, or change the selector',
  );
  expect(chosen(decideClaim(wish('m'), [], []))).toMatch(/no ByoHost in namespace default; enroll one/);
});

const labels = fc.record({ zone: fc.constantFrom('a', 'b'), disk: fc.constantFrom('ssd', 'hdd') });
const arbitraryHosts = fc
  .array(fc.record({ labels, free: fc.boolean(), used: fc.nat(3) }), { maxLength: 8 })
  .map((all) =>
    all.map(({ labels: own, free, used }, index) =>
      byoHost(`h${index}`, { metadata: { labels: own }, spec: { unschedulable: !free, lastGeneration: used } }),
    ),
  );
const arbitraryWishes = fc
  .array(fc.record({ zone: fc.option(fc.constantFrom('a', 'b')), age: fc.nat(3), controlPlane: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((all) =>
    all.map(({ zone, age, controlPlane }, index) =>
      wish(`m${index}`, {
        controlPlane,
        createdAt: `2026-01-0${age + 1}T00:00:00Z`,
        ...(zone ? { selector: { matchLabels: { zone } } } : {}),
      }),
    ),
  );

/** What everybody decides who reads the same objects. */
const placeAll = (hosts: ReturnType<typeof byoHost>[], wishes: Wish[]) =>
  wishes.map((one) => {
    const others = wishes.filter((other) => other !== one);
    const placed = decideClaim(one, hosts, others);
    return { one, host: 'host' in placed ? placed.host : undefined };
  });

test('all who read the same decide for different hosts, and only for such as fit', () => {
  fc.assert(
    fc.property(arbitraryHosts, arbitraryWishes, (hosts, wishes) => {
      const placed = placeAll(hosts, wishes).filter(({ host }) => host !== undefined);
      expect(new Set(placed.map(({ host }) => host)).size).toBe(placed.length);
      expect(placed.filter(({ one, host }) => host && whyNot(host, one) !== undefined)).toEqual([]);
    }),
  );
});

test('no machine goes without while a host that suits it lies idle', () => {
  fc.assert(
    fc.property(arbitraryHosts, arbitraryWishes, (hosts, wishes) => {
      const placed = placeAll(hosts, wishes);
      const idle = hosts.filter((host) => placed.every((other) => other.host !== host));
      const unplaced = placed.filter(({ host }) => host === undefined);
      const missed = unplaced.filter(({ one }) => idle.some((host) => whyNot(host, one) === undefined));
      expect(missed).toEqual([]);
    }),
  );
});

const rank = (one: Wish) => `${one.controlPlane ? 0 : 1}${one.createdAt}${one.name}`;

test('the oldest machine decides as if it were alone, control planes first', () => {
  fc.assert(
    fc.property(arbitraryHosts, arbitraryWishes, (hosts, wishes) => {
      const [first = wish('m'), ...others] = wishes.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
      expect(chosen(decideClaim(first, hosts, others))).toEqual(chosen(decideClaim(first, hosts, [])));
    }),
  );
});
