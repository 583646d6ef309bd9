// The top-level keys that we carry out; any other is refused by name, since ignoring it would build another machine.
import { BootstrapDocumentError, listNames } from './errors.ts';
import type { YamlMap } from './yaml-value.ts';

const SUPPORTED_KEYS = new Set(['bootcmd', 'write_files', 'runcmd']);

/** What to do instead, for the keys that Cluster API's bootstrap provider writes and the ones that people add. */
const REMEDIES = new Map<string, string>([
  ['users', 'users: make the accounts before the host is enrolled, or with useradd in preKubeadmCommands'],
  ['ntp', "ntp: set up the host's time service before it is enrolled, or in preKubeadmCommands"],
  ['disk_setup', 'disk_setup: partition the disks of this host before it is enrolled'],
  ['fs_setup', 'fs_setup: make the file systems of this host before it is enrolled'],
  ['mounts', 'mounts: mount through /etc/fstab before the host is enrolled'],
  ['packages', 'packages: install them before the host is enrolled, or in preKubeadmCommands'],
]);
const OTHER_REMEDY = 'any other key: do the same with files and preKubeadmCommands, or before the host is enrolled';

/** Refuses with UnsupportedKeys, naming every unsupported key at once and what to do for each. */
export function refuseUnsupportedKeys(config: YamlMap): void {
  const unsupported = [...config.keys()].filter((key) => !SUPPORTED_KEYS.has(key));
  if (unsupported.length === 0) return;
  const remedies = new Set(unsupported.map((key) => REMEDIES.get(key) ?? OTHER_REMEDY));
  throw new BootstrapDocumentError({
    code: 'UnsupportedKeys',
    message: `the bootstrap document asks for what is not done on a machine that is not ours: ${listNames(unsupported)}`,
    remedy: [...remedies].join('; '),
  });
}
