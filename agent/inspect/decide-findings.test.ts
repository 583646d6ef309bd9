import { expect, test } from 'vitest';
import { decideFindings, decideNotes } from './decide-findings.ts';
import type { HostFacts } from './host-facts.ts';

const GIB = 1024 ** 3;

const fit: HostFacts = {
  hostname: 'a',
  machineID: 'm',
  osImage: 'Debian GNU/Linux 12 (bookworm)',
  osID: 'debian',
  kernel: '6.1.0',
  architecture: 'amd64',
  systemd: 252,
  glibc: '2.36',
  cgroup: 'v2',
  cpus: 2,
  memoryBytes: 4e9,
  network: [],
  foreignPaths: [],
  zoneContents: [],
  missingCommands: [],
  usedPorts: [],
  usrReadOnly: false,
  spaces: [{ mount: '/var', freeBytes: 4 * GIB, leastBytes: 4 * GIB, what: ['bundles'] }],
  firewall: 'none',
  selinux: 'enforcing',
  timeSynchronized: false,
};

const withFree = (freeBytes: number) => [{ mount: '/var', freeBytes, leastBytes: 4 * GIB, what: ['bundles'] }];

test('a host with SELinux and a wild clock is fit, and told of both', () => {
  expect(decideFindings(fit)).toEqual([]);
  expect(decideNotes(fit)).toHaveLength(2);
});

const unfit: [string, Partial<HostFacts>][] = [
  ['UnsupportedArchitecture', { architecture: 'other' }],
  ['SystemdTooOld', { systemd: 238 }],
  ['GlibcTooOld', { glibc: '2.27' }],
  ['GlibcTooOld', { glibc: '1.99' }],
  ['ForeignSoftware', { foreignPaths: ['/usr/bin/dockerd'] }],
  ['ZoneNotEmpty', { zoneContents: [{ zone: '/var/lib/etcd', examples: ['default/member/snap/db'], isKept: false }] }],
  ['CommandsMissing', { missingCommands: ['losetup'] }],
  ['PortsInUse', { usedPorts: [10250] }],
  ['ReadOnlyUsr', { usrReadOnly: true }],
  ['DiskSpaceLow', { spaces: withFree(4 * GIB - 1) }],
  ['FirewallClosed', { firewall: 'closed' }],
];

test.each(unfit)('%s, with a remedy', (code, change) => {
  const findings = decideFindings({ ...fit, ...change });
  expect(findings.map((finding) => finding.code)).toEqual([code]);
  expect(findings[0]?.remedy).not.toBe('');
});

test.each([{ glibc: '2.28' }, { systemd: 239 }, { firewall: 'open' as const }])('just fit: %o', (change) => {
  expect(decideFindings({ ...fit, ...change })).toEqual([]);
});

test('what lives there is called by its name, whatever else is found', () => {
  const foreignPaths = ['/usr/local/bin/k3s', '/etc/rancher', '/etc/cni/net.d/10-x.conflist'];
  expect(decideFindings({ ...fit, foreignPaths })[0]?.message).toContain('k3s or RKE2, another pod network lives here');
});

test('a disk that fills does not change the words, since a changed report is a write', () => {
  expect(decideFindings({ ...fit, spaces: withFree(1) })).toEqual(decideFindings({ ...fit, spaces: withFree(2) }));
});
