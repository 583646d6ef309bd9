import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ALLOWED_DIFFERENCES } from './allowed-differences.ts';
import { compareSnapshots, countCompared, describeDifference } from './compare-snapshots.ts';
import { HostSnapshot, parseSnapshot, SNAPSHOT_KINDS } from './host-snapshot.ts';

const EMPTY = Object.fromEntries(SNAPSHOT_KINDS.map((kind) => [kind, {}]));
const snapshot = (part: Partial<HostSnapshot>): HostSnapshot => HostSnapshot.parse({ ...EMPTY, ...part });

test('what came, went and changed is told, and what stayed is not', () => {
  const before = snapshot({ file: { '/a': '1', '/b': '1', '/c': '1' } });
  const after = snapshot({ file: { '/b': '2', '/c': '1', '/d': '1' } });
  expect(compareSnapshots(before, after, [])).toEqual([
    { kind: 'file', key: '/a', change: 'went', before: '1' },
    { kind: 'file', key: '/b', change: 'changed', before: '1', after: '2' },
    { kind: 'file', key: '/d', change: 'came', after: '1' },
  ]);
  expect(countCompared(before, after).file).toBe(4);
});

test('an allowed difference is of its kind, its name and its change alone', () => {
  const [before, after] = [snapshot({ rule: { x: '1' } }), snapshot({ rule: { y: '1' }, route: { y: '1' } })];
  const allowed = [{ kind: 'rule' as const, keys: /^[xy]$/, changes: ['came' as const], why: '' }];
  const lines = compareSnapshots(before, after, allowed).map(describeDifference);
  expect(lines).toEqual(['route y came', 'rule x went']);
});

test('a file is its metadata and the hash of its content, whatever its name', () => {
  const everywhere = ['sysctl', 'mount', 'link', 'address', 'route', 'unit', 'process'];
  const rest = everywhere.map((kind) => `${kind}\t1\tx\0`).join('');
  const { file } = parseSnapshot(`file\tf 644 0:0 5\t/a\tb\nc\0hash\tabcd\t/a\tb\nc\0${rest}`);
  expect(file).toEqual({ '/a\tb\nc': 'f 644 0:0 5 abcd' });
  expect(() => parseSnapshot(`file\tf\t/a\0`)).toThrow('tells no sysctl');
});

test('every allowed difference is argued in the docs, with the same words', () => {
  const docs = readFileSync(new URL('../docs/clean-hosts.md', import.meta.url), 'utf8');
  for (const { why } of ALLOWED_DIFFERENCES) expect(docs).toContain(why);
});

test('nothing of Kubernetes is allowed to stay', () => {
  const left = [
    ['file', '/var/log/pods/kube-system_etcd/0.log'],
    ['file', '/etc/kubernetes/pki/ca.key'],
    ['rule', 'iptables nat :KUBE-SERVICES -'],
    ['rule', 'iptables filter :FORWARD DROP'],
    ['rule', 'iptables filter -A INPUT -j ACCEPT'],
    ['unit', 'kubelet.service'],
    ['process', 'kube-apiserver'],
    ['sysctl', 'net.ipv4.conf.all.route_localnet'],
  ] as const;
  for (const [kind, key] of left) {
    expect(compareSnapshots(snapshot({}), snapshot({ [kind]: { [key]: '1' } }), ALLOWED_DIFFERENCES)).toHaveLength(1);
  }
});
