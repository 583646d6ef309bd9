import { expect, test } from 'vitest';
import { listSelfBinds, parseMounts, readMounts } from './mounts.ts';

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

test('names are read by one rule, whatever stands in them', () => {
  const mountinfo = String.raw`20 1 8:1 / / rw - ext4 x rw
30 20 8:1 /var/lib/kubelet/a\040b\011c\012d\134e /var/lib/kubelet/a\040b\011c\012d\134e rw shared:1 master:2 - ext4 x rw`;
  const target = '/var/lib/kubelet/a b\tc\nd\\e';
  expect(parseMounts(mountinfo)[1]).toMatchObject({ root: target, target, type: 'ext4' });
  expect(listSelfBinds(parseMounts(mountinfo), [target])).toEqual([target]);
});

test('a table that cannot be read is no machine without mounts', async () => {
  for (const table of [undefined, Buffer.from('')]) {
    const reading = readMounts({ readFile: async () => table });
    await expect(reading).rejects.toMatchObject({ reason: 'StepFailed', retryable: true });
  }
});
