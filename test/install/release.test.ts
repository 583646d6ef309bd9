// From a fresh clone to an installed product, as docs/install.md says it: the release, clusterctl on a real API server, the images
// run as a kubelet would, and the package on a machine. What it has not: nodes of a management cluster.
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SYSTEM_NAMESPACE } from '../../api/names.ts';
import { ensureParts } from '../../lab/parts/index.ts';
import { startInstance, stopInstance, type Instance } from '../../lab/index.ts';
import { runChecked } from '../../lab/spawn.ts';
import { instanceNameOf } from '../support/instance-name.ts';
import { followPage, makeClone } from './clone.ts';
import { loadImages, logsOf, removeContainers, removeImages, runOnce } from './containers.ts';
import { PORTS, startProgram, startTemporal } from './programs.ts';
import { addClusterApi } from './repository.ts';

const NAME = instanceNameOf('test-install');
const VERSION = 'v0.1.0';
const REGISTRY = 'registry.example.com/byo';
const say = (line: string): void => void process.stdout.write(`  ${line}\n`);
const image = (name: string): string => `${REGISTRY}/byo-${name}:${VERSION}`;
const container = (name: string): string => `${NAME}-${name}`;

const parts = await ensureParts({ only: ['cluster-api', 'components', 'kubernetes'], onProgress: say });
let clone: string;
let instance: Instance;
let env: Record<string, string>;

beforeAll(async () => {
  clone = await makeClone();
  say(await followPage(clone, '1. Make the release', {}));
  instance = await startInstance({ name: NAME, hosts: 1, clusterApi: false, temporal: false, onProgress: say });
  const tools = join(clone, 'tools');
  await mkdir(tools);
  for (const tool of ['kubectl', 'clusterctl']) await execa('ln', ['-s', parts.binary(tool), join(tools, tool)]);
  const kubeconfig = instance.kubeconfig;
  env = {
    PATH: `${tools}:${process.env['PATH'] ?? ''}`,
    KUBECONFIG: kubeconfig,
    HOME: clone,
    CLUSTERCTL_DISABLE_VERSIONCHECK: 'true',
  };
});

afterAll(async () => {
  await removeContainers(['controller', 'gateway', 'temporal'].map(container));
  await removeImages(['controller', 'gateway', 'temporal'].map(image));
  await stopInstance(NAME, () => undefined);
  await rm(clone, { recursive: true, force: true });
});

const kubectl = (...args: string[]): Promise<string> =>
  runChecked([instance.parts.binary('kubectl'), '--kubeconfig', instance.kubeconfig, ...args]);

test('clusterctl installs it beside Cluster API, by the commands of docs/install.md', async () => {
  await followPage(clone, '3. Say where the release is', env);
  await addClusterApi(parts, clone);
  expect(await followPage(clone, '4. Install', env)).toContain('infrastructure-byo');
  const deployments = await kubectl('-n', SYSTEM_NAMESPACE, 'get', 'deployments', '-o', 'name');
  expect(deployments.split('\n')).toEqual(
    ['controller', 'gateway', 'temporal'].map((name) => `deployment.apps/byo-${name}`),
  );
  expect(await kubectl('-n', SYSTEM_NAMESPACE, 'get', 'providers.clusterctl.cluster.x-k8s.io')).toMatch(
    /infrastructure-byo .*v0\.1\.0/,
  );
});

test('the images run read-only, as nobody, without a shell, and say what they can do', async () => {
  expect((await loadImages(join(clone, 'out'), VERSION)).join('\n')).toContain(image('controller'));
  for (const name of ['controller', 'gateway']) {
    expect(await runOnce(image(name), '--help')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`Usage: byo-${name}`),
    });
  }
  const shell = await runOnce('--entrypoint=/bin/sh', image('controller'), '-c', 'true');
  expect([shell.exitCode, shell.stderr]).toEqual([127, expect.stringContaining('no such file')]);
});

async function isReady(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect(answer.status).toBe(200);
}

test('Temporal, controller and gateway of the release run together, with the rights of the release', async () => {
  const { enrollment, gateway, controller, metrics } = PORTS;
  const door = `127.0.0.1:${enrollment}`;
  const running = { instance, folder: clone, image, container };
  await startTemporal(running);
  const address = ['--gateway-address', ''];
  await startProgram(running, 'controller', [
    ...address,
    `--enrollment-listen=${door}`,
    `--metrics-listen=127.0.0.1:${controller}`,
  ]);
  const ways = [`--listen=127.0.0.1:${gateway}`, `--controller=${door}`];
  await startProgram(running, 'gateway', [...ways, `--metrics-listen=127.0.0.1:${metrics}`]);
  const patient = { timeout: 120_000, interval: 250 };
  await vi.waitFor(() => isReady(controller), patient);
  await vi.waitFor(() => isReady(metrics), patient);
  await vi.waitFor(
    async () => expect(await logsOf(container('controller'))).toContain('control worker polls'),
    patient,
  );
  const page = await (await fetch(`http://127.0.0.1:${controller}/metrics`)).text();
  expect(page).toContain('byo_temporal_search_attributes 1');
});

test('the deb is installed on a machine, waits to be enrolled, and goes again', async () => {
  const [host] = instance.hosts;
  if (!host) throw new Error('the instance has no host');
  await host.copyIn(join(clone, 'out/byo-agent_0.1.0_amd64.deb'), '/root/byo-agent.deb');
  const on = async (...argv: string[]) => {
    const { exitCode, stdout, stderr } = await host.exec(argv);
    return [exitCode, (stdout + stderr).trim()];
  };
  expect(await on('dpkg', '-i', '/root/byo-agent.deb')).toEqual([0, expect.stringContaining('enroll this host')]);
  expect(await on('byo-agent', '--help')).toEqual([0, expect.stringContaining('enroll')]);
  expect(await on('systemctl', 'is-enabled', 'byo-agent')).toEqual([0, 'enabled']);
  expect(await on('systemctl', 'show', '-P', 'FragmentPath', 'byo-agent')).toEqual([
    0,
    // Debian 12 sees /usr/lib as /lib too.
    expect.stringMatching(/\/lib\/systemd\/system\/byo-agent\.service$/),
  ]);
  await host.exec(['sh', '-c', 'echo "# Written by byo-agent" > /etc/systemd/system/kubelet.service']);
  expect(await on('dpkg', '-r', 'byo-agent')).toEqual([1, expect.stringContaining('delete its Machine first')]);
  await host.exec(['rm', '/etc/systemd/system/kubelet.service']);
  expect(await on('dpkg', '-P', 'byo-agent')).toEqual([0, expect.any(String)]);
  expect(await on('test', '-e', '/usr/lib/byo-agent')).toEqual([1, '']);
});

const sums = (folder: string) => readFile(join(folder, 'out/checksums.txt'), 'utf8');

test('what is in out/ is whole, and another clone elsewhere makes the same bytes', async () => {
  const output = join(clone, 'out');
  await runChecked(['sha256sum', '--quiet', '--strict', '-c', 'checksums.txt'], { cwd: output });
  expect((await readdir(output)).map((name) => name.replace(/-[0-9a-f]{12}-/, '-HASH-')).toSorted()).toEqual([
    'byo-agent-0.1.0-HASH-amd64.tar.gz',
    'byo-agent-0.1.0-HASH-amd64.tar.gz.sha256',
    'byo-agent-0.1.0-HASH-arm64.tar.gz',
    'byo-agent-0.1.0-HASH-arm64.tar.gz.sha256',
    'byo-agent_0.1.0_amd64.deb',
    'byo-agent_0.1.0_arm64.deb',
    'byo-controller-v0.1.0.oci.tar',
    'byo-gateway-v0.1.0.oci.tar',
    'byo-temporal-v0.1.0.oci.tar',
    'checksums.txt',
    'cluster-template.yaml',
    'infrastructure-components.yaml',
    'metadata.yaml',
    'sbom',
  ]);
  const other = await makeClone(clone);
  try {
    await followPage(other, '1. Make the release', {});
    expect(await sums(other)).toBe(await sums(clone));
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});
