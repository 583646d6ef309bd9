// What of the machine is put back while somebody else's containers live on it, and which mounts are podman's.
import { expect, test } from 'vitest';
import { compareFootprints } from './footprint.ts';
import { settingsToRestore } from './machine.ts';
import { decideUnmounts } from './mounts.ts';

const SETTINGS = { 'kernel/panic': '0', 'net/ipv4/ip_forward': '0', 'net/ipv4/conf/eth0/forwarding': '0' };

test('forwarding stays on for the containers of others, everything else is put back', () => {
  expect(settingsToRestore(SETTINGS, [])).toEqual(SETTINGS);
  expect(settingsToRestore(SETTINGS, [':NETAVARK-1D8721804F16F -'])).toEqual({ 'kernel/panic': '0' });
});

test('only new mounts of our podman are unmounted, innermost first', () => {
  const now = ['/', '/run/netns', '/store/overlay', '/store/overlay/x/merged', '/storehouse', '/mnt/usb'];
  expect(decideUnmounts({ before: ['/'], now, store: '/store' })).toEqual([
    '/store/overlay/x/merged',
    '/store/overlay',
    '/run/netns',
  ]);
  expect(decideUnmounts({ before: now, now, store: '/store' })).toEqual([]);
});

test('a footprint tells what came and what went', () => {
  const before = { link: ['lo', 'eth0'], mount: ['/'] };
  expect(compareFootprints(before, { link: ['lo', 'podman1'], mount: ['/'] })).toEqual([
    { kind: 'link', line: 'podman1', change: 'came' },
    { kind: 'link', line: 'eth0', change: 'went' },
  ]);
  expect(compareFootprints(before, before)).toEqual([]);
});
