// Machines become ByoHosts as a user would make them: a token from `byo enroll create`, and the agent's installer with it.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type HostHandle, type Instance } from '../lab/index.ts';
import { runChecked } from '../lab/spawn.ts';
import { waitFor } from '../lab/wait.ts';
import { CLUSTER } from './cluster.ts';
import { kubectlOf } from './kubectl.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What containerd must be told on the lab's kernel: limits that cannot be raised, controllers that are not there. */
const CONTAINERD_LAB = `version = 3
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
`;

/**
 * Enrolls a machine and installs its agent, unless just this agent runs; an identity, once given, is kept. `replaces`: it was
 * re-imaged, and takes the place of the ByoHost of its name.
 */
export async function enrollHost(o: {
  instance: Instance;
  host: HostHandle;
  labels: Record<string, string>;
  packageFile: string;
  replaces?: boolean;
}): Promise<'installed' | 'running'> {
  if (await isAgentRunning(o.host, o.packageFile)) return 'running';
  const folder = await mkdtemp(join(tmpdir(), 'byo-enrol-'));
  try {
    const isEnrolled = (await o.host.exec(['test', '-s', '/var/lib/byo-agent/identity.json'])).exitCode === 0;
    const invitation = isEnrolled ? undefined : await inviteFor(o);
    await fitToLab(o.host);
    await installAgent(o, folder, invitation);
    return 'installed';
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What whoever makes a node of a container of the lab needs there first, with or without an agent; a machine needs nothing. */
export async function fitToLab(host: HostHandle): Promise<void> {
  if (host.kind === 'machine') return;
  const script = 'mkdir -p /etc/containerd/conf.d && cat > /etc/containerd/conf.d/90-lab.toml';
  await run(host, ['sh', '-c', script], CONTAINERD_LAB);
}

/** The package's name carries its version, which carries the hash of its content. */
async function isAgentRunning(host: HostHandle, packageFile: string): Promise<boolean> {
  const { stdout, exitCode } = await host.exec(['cat', '/usr/local/lib/byo-agent/current/VERSION']);
  const { exitCode: inactive } = await host.exec(['systemctl', 'is-active', '--quiet', 'byo-agent']);
  return exitCode === 0 && inactive === 0 && basename(packageFile).includes(stdout.trim());
}

/** Waits until every host is connected, inspected and free (or already claimed). */
export async function waitForHosts(instance: Instance, names: string[]): Promise<void> {
  const probe = async () => {
    const args = ['-n', CLUSTER.namespace, 'wait', '--for=condition=Connected', '--timeout=1s'];
    const { exitCode, stderr } = await kubectlOf(instance).try([...args, ...names.map((name) => `byohost/${name}`)]);
    return exitCode === 0 ? undefined : stderr;
  };
  await waitFor('the hosts to connect', probe, { timeoutMs: 120_000, everyMs: 500 });
}

/** What `byo enroll create -o json` prints. */
export const Invitation = z.object({ token: z.string(), gateway: z.string(), caPin: z.string() });
export type Invitation = z.infer<typeof Invitation>;

/** The `byo` command of this checkout, as a user with the instance's kubeconfig runs it. */
export function runByo(instance: Instance, args: string[]): Promise<string> {
  return runChecked([process.execPath, join(root, 'cli/main.ts'), ...args], {
    env: { KUBECONFIG: instance.kubeconfig },
  });
}

const inviteFor = (o: Parameters<typeof enrollHost>[0]): Promise<Invitation> =>
  invite(o.instance, o.host.name, o.labels, o.replaces ? '--replace' : '--host-name');

/** A token for one host of this name: a new one, or one whose machine was re-imaged. */
export async function invite(
  instance: Instance,
  name: string,
  labels: Record<string, string>,
  how: '--host-name' | '--replace' = '--host-name',
): Promise<Invitation> {
  const granted = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  const args = [
    'enroll',
    'create',
    `${name}-${randomBytes(3).toString('hex')}`,
    '-n',
    CLUSTER.namespace,
    how,
    name,
    '-o',
    'json',
  ];
  return Invitation.parse(JSON.parse(await runByo(instance, [...args, ...granted])));
}

const INSTALL = `set -e
mkdir -p /run/byo-enrol/package && tar -xzf /run/byo-enrol/agent.tar.gz -C /run/byo-enrol/package
sh /run/byo-enrol/package/install.sh "$@"
rm -rf /run/byo-enrol`;

async function installAgent(
  { host, packageFile }: { host: HostHandle; packageFile: string },
  folder: string,
  invitation: Invitation | undefined,
): Promise<void> {
  await run(host, ['mkdir', '-p', '-m', '0700', '/run/byo-enrol']);
  await host.copyIn(packageFile, '/run/byo-enrol/agent.tar.gz');
  if (!invitation) return run(host, ['sh', '-c', INSTALL]);
  await writeFile(join(folder, 'token'), invitation.token, { mode: 0o600 });
  await host.copyIn(join(folder, 'token'), '/run/byo-enrol/token');
  const { gateway, caPin } = invitation;
  const args = ['--gateway', gateway, '--ca-pin', caPin, '--token-file', '/run/byo-enrol/token'];
  await run(host, ['sh', '-c', INSTALL, 'install', ...args]);
}

async function run(host: HostHandle, argv: string[], input = ''): Promise<void> {
  const { exitCode, stdout, stderr } = await host.exec(argv, { input });
  if (exitCode !== 0) throw new Error(`on ${host.name}: ${argv[0]} ended with ${exitCode}: ${stderr || stdout}`);
}
