// For tests: the installer itself, on a machine of its own. A mount namespace whose /etc, /usr/local and /var/lib are folders
// of the test, and a systemctl that starts what the installed unit names.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { runCommand } from '../agent/host/run-command.ts';

const INSTALL = import.meta.dirname;

/** Starts as systemd does: what is named before, the agent, and after its READY what is named after. */
const SYSTEMCTL = `#!/bin/sh
unit=/etc/systemd/system/byo-agent.service
case $1 in start | restart) ;; *) exit 0 ;; esac
grep -q '^ExecStart=/usr/local' "$unit" || exit 1
"$(sed -n 's/^ExecStartPre=-//p' "$unit")" || true
/usr/local/lib/byo-agent/current/bin/byo-agent run >>/var/lib/started 2>&1 || exit 1
$(sed -n 's/^ExecStartPost=-//p' "$unit")
`;

/** Tells what stood when it was called: a loss of power leaves no more than that. */
const SYNC = `#!/bin/sh
root=/usr/local/lib/byo-agent
[ -e "$root/.new/lib" ] && new=files || new=none
[ -e "$root/.new/VERSION" ] && new=whole
[ -e "$root/1-b" ] && moved=moved || moved=not-moved
for path; do :; done
echo "$1 \${path##*/} $new $moved current=$(readlink $root/current)" >>/var/lib/synced
`;

export type InstallWorld = {
  /** A path of the machine, for the test. */
  at(path: string): string;
  /** Makes the package of a version; `starts: false`: its agent ends before READY. Answers its folder. */
  pack(version: string, options?: { starts?: boolean }): Promise<string>;
  /** Runs a command on the machine. */
  run(...argv: string[]): Promise<{ exitCode: number; said: string }>;
  remove(): Promise<void>;
};

export async function createInstallWorld(): Promise<InstallWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'byo-install-'));
  const at = (path: string): string => join(folder, path);
  for (const path of ['etc/systemd/system', 'usr/local/bin', 'var/lib/byo-agent', 'tools']) {
    await mkdir(at(path), { recursive: true });
  }
  await writeFile(at('var/lib/byo-agent/identity.json'), '{}');
  await writeTool(at('tools/systemctl'), SYSTEMCTL);
  await writeTool(at('tools/sync'), SYNC);
  return {
    at,
    pack: (version, options) => pack(at(`packages/${version}`), version, options?.starts ?? true),
    run: (...argv) => runInside(folder, argv),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function runInside(folder: string, argv: string[]): Promise<{ exitCode: number; said: string }> {
  const binds = ['etc', 'usr/local', 'var/lib'].map((path) => `mount --bind '${folder}/${path}' '/${path}'`);
  const script = `${binds.join(' && ')} && PATH='${folder}/tools':/usr/sbin:/usr/bin:/sbin:/bin exec "$@"`;
  const command = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', ...argv];
  const { exitCode, stdout, stderr } = await runCommand(command);
  return { exitCode, said: stdout + stderr };
}

async function pack(folder: string, version: string, starts: boolean): Promise<string> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  await mkdir(join(folder, 'lib'));
  for (const name of ['install.sh', 'uninstall.sh', 'fall-back', 'byo-agent.service']) {
    await writeTool(join(folder, name), await readFile(join(INSTALL, name), 'utf8'));
  }
  await writeTool(join(folder, 'bin/node'), `#!/bin/sh\n# ${version}\n`);
  await writeTool(join(folder, 'bin/byo-agent'), `#!/bin/sh\necho ${version}\n${starts ? '' : 'exit 1'}\n`);
  await writeFile(join(folder, 'lib/main.cjs'), version.repeat(1000));
  await writeFile(join(folder, 'VERSION'), `${version}\n`);
  await writeFile(join(folder, 'SHA256SUMS'), await sumsOf(folder));
  return folder;
}

const FILES = [
  'bin/byo-agent',
  'bin/node',
  'byo-agent.service',
  'fall-back',
  'install.sh',
  'lib/main.cjs',
  'uninstall.sh',
];

async function sumsOf(folder: string): Promise<string> {
  const lines = [...FILES, 'VERSION'].map(async (path) => {
    const hash = createHash('sha256').update(await readFile(join(folder, path)));
    return `${hash.digest('hex')}  ${path}\n`;
  });
  return (await Promise.all(lines)).join('');
}

async function writeTool(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
}
