// Machines become ByoHosts: the lab gives each its id and a kubeconfig for itself alone, and installs the agent.
// Enrolment by token will take the place of this file; nothing else knows how a host came by its identity.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { API_VERSION } from '../api/names.ts';
import { agentRole } from '../deploy/agent-role.ts';
import { mintKubeconfig, type HostHandle, type Instance } from '../lab/index.ts';
import { waitFor } from '../lab/wait.ts';
import { CLUSTER } from './cluster.ts';
import { kubectlOf } from './kubectl.ts';

/** What containerd must be told on the lab's kernel: limits that cannot be raised, controllers that are not there. */
const CONTAINERD_LAB = `version = 3
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
`;

/** Makes the ByoHost of a machine and installs its agent, unless just this agent runs; a host id, once given, is kept. */
export async function enrolHost(o: {
  instance: Instance;
  host: HostHandle;
  labels: Record<string, string>;
  packageFile: string;
  trust: string;
}): Promise<'installed' | 'running'> {
  if (await isAgentRunning(o.host, o.packageFile)) return 'running';
  const hostID = await ensureByoHost(o.instance, o.host.name, o.labels);
  const user = `byo:host:${hostID}`;
  await kubectlOf(o.instance).run(['apply', '-f', '-'], stringifyAll(agentRole(CLUSTER.namespace, o.host.name, user)));
  const folder = await mkdtemp(join(tmpdir(), 'byo-enrol-'));
  try {
    const kubeconfig = await mintKubeconfig(o.instance, { user, groups: ['byo:hosts'], server: 'hosts' });
    await writeFile(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 });
    await writeFile(join(folder, 'trust.json'), o.trust, { mode: 0o600 });
    await writeFile(join(folder, 'config.yaml'), agentConfig(o.instance, o.host.name, hostID), { mode: 0o600 });
    await writeFile(join(folder, 'lab.toml'), CONTAINERD_LAB);
    await installAgent(o.host, folder, o.packageFile);
    return 'installed';
  } finally {
    await rm(folder, { recursive: true });
  }
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

async function ensureByoHost(instance: Instance, name: string, labels: Record<string, string>): Promise<string> {
  const kubectl = kubectlOf(instance);
  const metadata = { name, namespace: CLUSTER.namespace, labels };
  const host = { apiVersion: API_VERSION, kind: 'ByoHost', metadata, spec: { hostID: randomUUID() } };
  const { exitCode } = await kubectl.try(['get', 'byohost', name, '-n', CLUSTER.namespace]);
  if (exitCode !== 0) await kubectl.run(['create', '-f', '-'], JSON.stringify(host));
  const present = await kubectl.get(['byohost', name, '-n', CLUSTER.namespace]);
  return z.object({ spec: z.object({ hostID: z.uuid() }) }).parse(present).spec.hostID;
}

function agentConfig(instance: Instance, name: string, hostID: string): string {
  return stringify({
    hostID,
    namespace: CLUSTER.namespace,
    name,
    kubeconfig: '/etc/byo-agent/kubeconfig',
    trust: '/etc/byo-agent/trust.json',
    temporal: { address: instance.temporal.hostsAddress, namespace: 'default' },
  });
}

const INSTALL = `set -e
mkdir -p /etc/containerd/conf.d && cp /run/byo-enrol/lab.toml /etc/containerd/conf.d/90-lab.toml
install -d -m 0700 /etc/byo-agent
install -m 0600 /run/byo-enrol/kubeconfig /run/byo-enrol/trust.json /run/byo-enrol/config.yaml /etc/byo-agent/
mkdir -p /run/byo-enrol/package && tar -xzf /run/byo-enrol/agent.tar.gz -C /run/byo-enrol/package
sh /run/byo-enrol/package/install.sh
rm -rf /run/byo-enrol`;

async function installAgent(host: HostHandle, folder: string, packageFile: string): Promise<void> {
  await run(host, ['mkdir', '-p', '-m', '0700', '/run/byo-enrol']);
  for (const name of ['kubeconfig', 'trust.json', 'config.yaml', 'lab.toml']) {
    await host.copyIn(join(folder, name), `/run/byo-enrol/${name}`);
  }
  await host.copyIn(packageFile, '/run/byo-enrol/agent.tar.gz');
  await run(host, ['sh', '-c', INSTALL]);
}

async function run(host: HostHandle, argv: string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await host.exec(argv);
  if (exitCode !== 0) throw new Error(`on ${host.name}: ${argv[0]} ended with ${exitCode}: ${stderr || stdout}`);
}

function stringifyAll(documents: unknown[]): string {
  return documents.map((document) => stringify(document)).join('---\n');
}
