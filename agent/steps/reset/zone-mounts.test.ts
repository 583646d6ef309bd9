import { expect, test } from 'vitest';
import { parseMounts } from '../../linux/mounts.ts';
import type { ZoneToEmpty } from '../../zones/plan-reset.ts';
import { decideMounts } from './zone-mounts.ts';

const line = (target: string) => `36 35 98:0 / ${target} rw,noatime master:1 - ext3 /dev/root rw`;
const zone = (path: string, real = path, kept: string[] = []): ZoneToEmpty => ({ path, real, kept: new Set(kept) });
const decide = (targets: string[], zones: ZoneToEmpty[]) =>
  decideMounts(parseMounts(targets.map(line).join('\n')), zones);

test('mounts of pods are ours, deepest first; others below a zone block; the zone itself is let be', () => {
  const targets = [
    '/',
    '/var/lib/kubelet',
    '/var/lib/kubelet/pods/a/volumes/x',
    '/var/lib/kubelet/pods/a/volumes/x/deeper',
    '/var/lib/etcd/backup\\040disk',
    '/var/lib/etcd/a\\011tab\\134n',
    '/home',
  ];
  expect(decide(targets, [zone('/var/lib/kubelet'), zone('/var/lib/etcd')])).toEqual({
    own: ['/var/lib/kubelet/pods/a/volumes/x/deeper', '/var/lib/kubelet/pods/a/volumes/x'],
    foreign: ['/var/lib/etcd/a\ttab\\n', '/var/lib/etcd/backup disk'],
  });
});

test('zones are found where their links lead', () => {
  const targets = ['/data/lib/kubelet/pods/a/volumes/x', '/data/lib/kubelet/theirs', '/var/lib/kubelet/elsewhere'];
  expect(decide(targets, [zone('/var/lib/kubelet', '/data/lib/kubelet')])).toEqual({
    own: ['/data/lib/kubelet/pods/a/volumes/x'],
    foreign: ['/data/lib/kubelet/theirs'],
  });
});

test('a mount that was there before the claim neither goes nor blocks', () => {
  const zones = [zone('/var/lib/etcd', '/var/lib/etcd', ['data']), zone('/var/lib/kubelet', undefined, ['pods/mine'])];
  expect(decide(['/var/lib/etcd/data', '/var/lib/kubelet/pods/mine'], zones)).toEqual({ own: [], foreign: [] });
});
