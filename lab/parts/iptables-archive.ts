// The few packages of a Debian root file system that iptables and conntrack run on, as one small archive.
import { existsSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './run-command.ts';

/** iptables, conntrack and the libraries they link; libc brings the dynamic loader, netbase /etc/protocols. */
const packages = [
  'libc6',
  'iptables',
  'conntrack',
  'libxtables12',
  'libip4tc2',
  'libip6tc2',
  'libmnl0',
  'libnftnl11',
  'libnfnetlink0',
  'libnetfilter-conntrack3',
  'netbase',
];

/** Links of Debian's merged /usr, and folders that programs expect. */
const skeleton = ['bin', 'sbin', 'lib', 'lib64', 'etc', 'etc/alternatives', 'run', 'tmp', 'usr', 'usr/sbin'];

/** Writes `archive` with those packages' files out of `root`, a Debian root file system. */
export async function buildIptablesArchive(root: string, archive: string): Promise<void> {
  const query = [`--admindir=${join(root, 'var/lib/dpkg')}`, '--listfiles', ...packages];
  const listed = selectFiles(await runCommand('dpkg-query', query));
  const all = [...skeleton, ...listed, ...alternatives(root)].filter((path) => existsSync(join(root, path)));
  const list = join(dirname(archive), 'iptables.list');
  await writeFile(list, `${[...new Set(all)].toSorted().join('\n')}\n`);
  const flags = ['--create', '--numeric-owner', '--no-recursion', '--sort=name', '--file', archive];
  await runCommand('tar', [...flags, '--directory', root, '--files-from', list]);
  await rm(list);
}

/**
 * The paths of a `dpkg-query --listfiles` listing worth keeping, relative to the root. Debian's lists still name /lib/x
 * for what merged /usr keeps in /usr/lib/x; an archive must name the real place, beside the link.
 */
export function selectFiles(listing: string): string[] {
  return listing
    .split('\n')
    .filter((path) => path.startsWith('/') && path !== '/.')
    .map((path) => path.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/').slice(1))
    .filter((path) => !/^usr\/share\/(doc|man|locale|lintian|bug)\//.test(path))
    .filter((path) => !['bin', 'sbin', 'lib', 'lib64'].includes(path));
}

/** /usr/sbin/iptables is a link that no package owns: update-alternatives made it. */
function alternatives(root: string): string[] {
  return ['usr/sbin', 'etc/alternatives'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => /^ip6?tables(-|$)/.test(name))
      .map((name) => join(folder, name)),
  );
}
