import { expect, test } from 'vitest';
import { decideMounts } from './reset-zones.ts';

const line = (target: string) => `36 35 98:0 / ${target} rw,noatime master:1 - ext3 /dev/root rw`;

test('mounts of pods are ours, deepest first; others below a zone block; the zone itself is let be', () => {
  const mountinfo = [
    line('/'),
    line('/var/lib/kubelet'),
    line('/var/lib/kubelet/pods/a/volumes/x'),
    line('/var/lib/kubelet/pods/a/volumes/x/deeper'),
    line('/var/lib/etcd/backup\\040disk'),
    line('/home'),
  ].join('\n');
  expect(decideMounts(mountinfo)).toEqual({
    own: ['/var/lib/kubelet/pods/a/volumes/x/deeper', '/var/lib/kubelet/pods/a/volumes/x'],
    foreign: ['/var/lib/etcd/backup disk'],
  });
});
