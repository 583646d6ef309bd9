// Disks of the lab's machines: a whole Debian with the kernel's modules on ext4, one image for each release; nothing of a host is in it.
import { chmod, copyFile, cp, mkdir, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debootstrap, makeAnonymous } from './debian-root.ts';
import { labFolder } from './lab-folder.ts';
import { kernelModules } from './machine-kernel.ts';
import { machineSystems, type MachineSystem } from './machine-systems.ts';
import type { BuildContext, Part } from './part.ts';
import { runCommand } from './run-command.ts';

/** What a server that runs Linux on iron has. Nothing of Kubernetes. */
const packages = [
  'systemd systemd-sysv dbus udev kmod e2fsprogs mount util-linux procps apparmor',
  'openssh-server sudo ca-certificates curl',
  'iproute2 iputils-ping iptables nftables ebtables conntrack socat ethtool',
].flatMap((line) => line.split(' '));

const FIRST_STEPS = 'parts/machine/first-steps.sh';
const SIZE_GIB = 12;

/** Before the journal is opened and before SSH starts: both look at the clock, and SSH at the key. */
const firstStepsUnit = `[Unit]
Description=What the lab tells this machine
DefaultDependencies=no
After=systemd-remount-fs.service
Before=sysinit.target systemd-journal-flush.service

[Service]
Type=oneshot
ExecStart=/bin/sh /usr/lib/byo-lab/first-steps.sh

[Install]
WantedBy=sysinit.target
`;

/** Every host makes its own keys at its first boot. Synced, as by an installer: half a key after a power loss is no login ever. */
const hostKeysUnit = `[Unit]
Description=SSH host keys of this host
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
ExecStart=/bin/sync

[Install]
WantedBy=multi-user.target
`;

/** The lab’s folder of bundles, read-only, where an instance was given one: hostfs shows this one folder. */
const bundlesUnit = `[Unit]
Description=Bundles of the lab
ConditionKernelCommandLine=lab.bundles
DefaultDependencies=no
Before=local-fs.target umount.target
Conflicts=umount.target

[Mount]
What=none
Where=/opt/byo-bundles
Type=hostfs
Options=ro

[Install]
WantedBy=local-fs.target
`;

const units: Readonly<Record<string, string>> = {
  'lab-first-steps.service': firstStepsUnit,
  'ssh-host-keys.service': hostKeysUnit,
  'opt-byo\\x2dbundles.mount': bundlesUnit,
};
/** The network is on the kernel's command line; the generator makes units of networkd of it. */
const NETWORK_UNITS = ['systemd-networkd.service', 'systemd-network-generator.service'];
/** No terminal; and nothing here may hold up a boot because a link is down. */
const MASKED = ['getty@tty1.service', 'systemd-networkd-wait-online.service'];

/** The disk in a part's folder: sparse, to be copied for each host. */
export const diskImage = (folder: string): string => join(folder, 'disk.img');

async function buildImage(release: string, { folder, cache, need }: BuildContext): Promise<void> {
  const root = join(folder, 'root');
  await debootstrap({ root, release, packages, cache });
  const modules = join(kernelModules(need('machine-kernel')), 'lib/modules');
  await cp(modules, join(root, 'usr/lib/modules'), { recursive: true, verbatimSymlinks: true });
  const [version = ''] = await readdir(modules);
  await runCommand('chroot', [root, 'depmod', version]);
  await makeAnonymous(root, ['etc/hosts']);
  await prepareUnits(root);
  await writeFile(join(root, 'etc/fstab'), '/dev/ubda / ext4 defaults,noatime 0 1\n');
  const image = diskImage(folder);
  await writeFile(image, '');
  await truncate(image, SIZE_GIB * 2 ** 30);
  const lazily = ['-E', 'lazy_itable_init=1,lazy_journal_init=1'];
  await runCommand('mkfs.ext4', ['-q', '-F', '-L', 'root', '-m', '1', ...lazily, '-d', root, image]);
  await rm(root, { recursive: true });
}

async function prepareUnits(root: string): Promise<void> {
  const folder = join(root, 'etc/systemd/system');
  await mkdir(join(root, 'usr/lib/byo-lab'), { recursive: true });
  await copyFile(join(labFolder, FIRST_STEPS), join(root, 'usr/lib/byo-lab/first-steps.sh'));
  await chmod(join(root, 'usr/lib/byo-lab/first-steps.sh'), 0o755);
  await mkdir(join(root, 'opt/byo-bundles'), { recursive: true });
  for (const [name, content] of Object.entries(units)) await writeFile(join(folder, name), content);
  for (const name of MASKED) await symlink('/dev/null', join(folder, name));
  await runCommand('chroot', [root, 'systemctl', 'enable', ...Object.keys(units), ...NETWORK_UNITS]);
}

/** Name of the part that holds the disk of a system. */
export const imagePart = (system: MachineSystem): string => `machine-image-${system}`;

/** One part for each operating system; only the one that is booted is built. */
export const machineImages: readonly Part[] = Object.entries(machineSystems).map(([system, release]) => ({
  name: `machine-image-${system}`,
  version: '0.1.0',
  needs: ['machine-kernel'],
  recipe: { packages, units, NETWORK_UNITS, MASKED, SIZE_GIB, release },
  sources: [FIRST_STEPS, 'parts/machine-image.ts', 'parts/debian-root.ts'],
  packages: ['e2fsprogs', 'openssh-client', 'util-linux'],
  expected: 'about 2 minutes',
  build: async (context) => buildImage(release, context),
}));
