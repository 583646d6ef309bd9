// A Debian root file system with systemd and sshd, and a small cut of it that holds iptables alone.
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debootstrap, makeAnonymous } from './debian-root.ts';
import { buildIptablesArchive } from './iptables-archive.ts';
import type { BuildContext, Part } from './part.ts';
import { runCommand } from './run-command.ts';
import { debianRelease, versions } from './versions.ts';

/** What a server that merely runs Linux has, and the tools kubeadm looks for. Nothing of Kubernetes. */
const packages = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'openssh-server',
  'sudo',
  'ca-certificates',
  'curl',
  'procps',
  'iproute2',
  'iputils-ping',
  'iptables',
  'ebtables',
  'conntrack',
  'socat',
  'ethtool',
  'kmod',
  'mount',
  'util-linux',
];

/** Every host makes its own keys at its first boot: keys in the image would be one identity for all of them. */
const hostKeysUnit = `[Unit]
Description=SSH host keys of this host
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
`;

async function buildRootFileSystem({ folder, cache }: BuildContext): Promise<void> {
  const root = join(folder, 'root');
  await debootstrap({ root, release: debianRelease, packages, cache });
  await makeAnonymous(root);
  await prepareUnits(root);
  const flags = ['--create', '--numeric-owner', '--file', join(folder, 'root.tar')];
  await runCommand('tar', [...flags, '--directory', root, '.']);
  await buildIptablesArchive(root, join(folder, 'iptables.tar'));
  await rm(root, { recursive: true });
}

async function prepareUnits(root: string): Promise<void> {
  const units = join(root, 'etc/systemd/system');
  await writeFile(join(units, 'ssh-host-keys.service'), hostKeysUnit);
  await runCommand('chroot', [root, 'systemctl', 'enable', 'ssh-host-keys.service']);
  // There is no terminal: the getty would be started again for ever.
  await symlink('/dev/null', join(units, 'getty@tty1.service'));
}

/** `root.tar`: the host; `iptables.tar`: what the images of kube-proxy and routes stand on. */
export const rootFileSystem: Part = {
  name: 'root-file-system',
  version: versions['root-file-system'],
  needs: [],
  recipe: { packages, hostKeysUnit, debianRelease },
  sources: ['parts/root-file-system.ts', 'parts/debian-root.ts', 'parts/iptables-archive.ts'],
  expected: 'about 90 seconds',
  build: buildRootFileSystem,
};
