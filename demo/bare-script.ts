// The same work by a bare shell script on the same host: binaries, configuration, units, images, and the very bootstrap
// document that a machine of ours was given. It tells what our durability costs.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseBootstrapDocument, type BootstrapFile } from '../agent/bootstrap/parse-bootstrap-document.ts';
import { containerdConfig, findSandboxImage } from '../agent/steps/containerd-config.ts';
import { CONTAINERD_SERVICE, KUBEADM_SERVICE_DROP_IN, KUBELET_SERVICE } from '../agent/steps/units.ts';
import { BUNDLED_BINARIES } from '../lab/bundle.ts';
import type { HostHandle } from '../lab/index.ts';
import type { Parts } from '../lab/parts/index.ts';
import type { BootstrapData } from './bootstrap-data.ts';

/** Seconds of each part, and of both. */
export type ScriptReport = { steps: { install: number; kubeadm: number }; seconds: number };

const INSTALL = fileURLToPath(new URL('bare-install.sh', import.meta.url));
const SENTINEL = '/run/cluster-api/bootstrap-success.complete';

/** Runs the script on a clean host, which is a node of nobody's afterwards. What lies ready beforehand is not measured. */
export async function runBareScript(host: HostHandle, parts: Parts, data: BootstrapData): Promise<ScriptReport> {
  await layOutFiles(host, parts);
  const kubeadm = await layOutDocument(host, data);
  const install = await measure(host, await readFile(INSTALL, 'utf8'));
  const ran = await measure(host, kubeadm);
  await run(host, `test -e ${SENTINEL}`);
  return { steps: { install, kubeadm: ran }, seconds: Math.round((install + ran) * 10) / 10 };
}

async function layOutFiles(host: HostHandle, parts: Parts): Promise<void> {
  await run(host, 'mkdir -p /opt/bare/bin /opt/bare/sbin /opt/bare/cni /opt/bare/images');
  const folders = { kubernetes: 'bin', containerd: 'bin', runc: 'sbin', cni: 'cni' } as const;
  for (const layer of ['kubernetes', 'containerd', 'runc', 'cni'] as const) {
    for (const name of BUNDLED_BINARIES[layer]) {
      await host.copyIn(parts.binary(name), `/opt/bare/${folders[layer]}/${basename(name)}`);
    }
  }
  for (const [at, { archive }] of parts.images.entries()) await host.copyIn(archive, `/opt/bare/images/${at}.tar`);
  const cgroup = (await run(host, 'stat -fc %T /sys/fs/cgroup')).includes('cgroup2fs') ? 'v2' : 'v1';
  const sandboxImage = findSandboxImage(parts.images.map(({ reference }) => reference)) ?? '';
  await put(host, '/opt/bare/config.toml', containerdConfig({ cgroup, sandboxImage }));
  await put(host, '/opt/bare/containerd.service', CONTAINERD_SERVICE);
  await put(host, '/opt/bare/kubelet.service', KUBELET_SERVICE);
  await put(host, '/opt/bare/10-kubeadm.conf', KUBEADM_SERVICE_DROP_IN);
}

/** Files of the document wait on tmpfs, since they hold keys; gives the script that puts them in place and runs kubeadm. */
async function layOutDocument(host: HostHandle, { document, format }: BootstrapData): Promise<string> {
  const metadata = {
    localHostname: host.hostname,
    instanceId: 'bare',
    localIpv4: host.address,
    providerId: 'bare://1',
  };
  const plan = parseBootstrapDocument({ format, document, metadata, defaultNetworkInterface: 'eth0' });
  await run(host, 'mkdir -p -m 0700 /run/bare');
  for (const [at, file] of plan.files.entries()) await put(host, `/run/bare/${at}`, file.content);
  await put(host, '/run/bare/run', plan.runScript);
  if (plan.bootScript) await put(host, '/run/bare/boot', plan.bootScript);
  const boot = plan.bootScript ? ['sh /run/bare/boot'] : [];
  return ['set -e', ...boot, ...plan.files.map(placeFile), 'sh /run/bare/run'].join('\n');
}

function placeFile({ path, permissions, owner, append }: BootstrapFile, at: number): string {
  const target = `'${path.replaceAll("'", `'\\''`)}'`;
  if (append) return `cat /run/bare/${at} >> ${target}`;
  const [user = 'root', group = user] = owner.split(':');
  return `install -D -m ${permissions.toString(8)} -o ${user} -g ${group} /run/bare/${at} ${target}`;
}

async function measure(host: HostHandle, script: string): Promise<number> {
  const begin = performance.now();
  await run(host, script);
  return Math.round((performance.now() - begin) / 100) / 10;
}

async function put(host: HostHandle, path: string, content: string | Buffer): Promise<void> {
  const input = typeof content === 'string' ? content : content.toString('utf8');
  const { exitCode, stderr } = await host.exec(['sh', '-c', `umask 077; cat > ${path}`], { input });
  if (exitCode !== 0) throw new Error(`${path} cannot be written on ${host.name}: ${stderr}`);
}

/** The script goes in by standard input. Its output may name secrets: only the end of its errors is told. */
async function run(host: HostHandle, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await host.exec(['sh'], { input: script });
  if (exitCode === 0) return stdout;
  throw new Error(`the bare script on ${host.name} ended with ${exitCode}: ${stderr.trim().slice(-500)}`);
}
