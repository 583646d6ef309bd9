import { expect, test } from 'vitest';
import { parseMounts } from './mounts.ts';
import { listSelfBinds } from './self-binds.ts';

const KUBELET = '/var/lib/kubelet';

test('a folder mounted on itself is told from a disk mounted there', () => {
  const mountinfo = [
    '20 1 8:1 / / rw - ext4 /dev/sda1 rw',
    '30 20 8:1 /var/lib/kubelet /var/lib/kubelet rw shared:1 - ext4 /dev/sda1 rw',
    '31 20 8:2 /var/lib/etcd /var/lib/etcd rw - ext4 /dev/sdb1 rw',
  ].join('\n');
  expect(listSelfBinds(parseMounts(mountinfo), [KUBELET, '/var/lib/etcd'])).toEqual([KUBELET]);
});

test('a disk mounted on itself gives up its copies and stays', () => {
  const mountinfo = [
    '20 1 0:50 / / rw - overlay overlay rw',
    '30 20 8:1 /volumes/kubelet /var/lib/kubelet rw - ext4 /dev/sda1 rw',
    '31 30 8:1 /volumes/kubelet /var/lib/kubelet rw shared:1 - ext4 /dev/sda1 rw',
    '32 31 8:1 /volumes/kubelet /var/lib/kubelet rw shared:2 - ext4 /dev/sda1 rw',
  ].join('\n');
  expect(listSelfBinds(parseMounts(mountinfo), [KUBELET])).toEqual([KUBELET, KUBELET]);
});

test('another folder of the same disk is somebody’s', () => {
  const mountinfo = ['20 1 8:1 / / rw - ext4 x rw', '30 20 8:1 /srv/kubelet /var/lib/kubelet rw - ext4 x rw'].join(
    '\n',
  );
  expect(listSelfBinds(parseMounts(mountinfo), [KUBELET])).toEqual([]);
});
