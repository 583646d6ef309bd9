// The same work by a bare shell script on the same host: the layers and images of the same bundle fetched, checked and
// unpacked, configuration, units, and the very bootstrap document that a machine of ours was given. It tells what our
// durability costs.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLATFORM } from '../common/platform.ts';
import { parseBootstrapDocument, type BootstrapFile } from '../agent/steps/join/cloud-init/parse-bootstrap-document.ts';
import { containerdConfig, findSandboxImage } from '../agent/steps/install/containerd-config.ts';
import { CONTAINERD_SERVICE, KUBEADM_SERVICE_DROP_IN, KUBELET_SERVICE } from '../agent/steps/install/service-units.ts';
import { blobPath } from '../bundle/store/blob-store.ts';
import { openBundle } from '../bundle/read/open-bundle.ts';
import { openFolder } from '../bundle/sources/source.ts';
import type { LabBundle } from '../lab/bundle.ts';
import type { HostHandle } from '../lab/index.ts';
import type { Parts } from '../lab/parts/index.ts';
import type { BootstrapData } from '../harness/bootstrap-data.ts';

/** Seconds of each part, and of all; `fetch` is 0 where the bundle was on the host already. */
export type ScriptReport = { steps: { fetch: number; install: number; kubeadm: number }; seconds: number };

export type ScriptMaterial = { parts: Parts; bundle: LabBundle; data: BootstrapData };

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const FETCH = fileOf('bare-fetch.sh');
const INSTALL = fileOf('bare-install.sh');
const SENTINEL = '/run/cluster-api/bootstrap-success.complete';

/**
 * Runs the script on a clean host, which is a node of nobody's afterwards. What lies ready beforehand is not measured, and
 * with `isFetched`, where our own run found the bundle on the host, neither is the fetch.
 */
export async function runBareScript(
  host: HostHandle,
  { parts, bundle, data }: ScriptMaterial,
  { isFetched }: { isFetched: boolean },
): Promise<ScriptReport> {
  await layOutSource(host, parts, bundle);
  await layOutFiles(host, parts);
  const kubeadm = await layOutDocument(host, data);
  const fetched = await measure(host, await readFile(FETCH, 'utf8'));
  const install = await measure(host, await readFile(INSTALL, 'utf8'));
  const ran = await measure(host, kubeadm);
  await run(host, `test -e ${SENTINEL}`);
  const steps = { fetch: isFetched ? 0 : fetched, install, kubeadm: ran };
  return { steps, seconds: Math.round((steps.fetch + install + ran) * 10) / 10 };
}

/** The layers as the bundle has them, the images as containerd takes them, and what each must be. */
async function layOutSource(host: HostHandle, parts: Parts, { dir, digest, version }: LabBundle): Promise<void> {
  const platform = PLATFORM;
  const { layers } = await openBundle({ source: openFolder(dir), digest, platform, version });
  await run(host, 'rm -rf /opt/bare && mkdir -p /opt/bare/source/images');
  for (const { title, blob } of layers) {
    await host.copyIn(blobPath({ dir: join(dir, 'blobs') }, blob.digest), `/opt/bare/source/${title}.tar.gz`);
  }
  for (const [at, { archive }] of parts.images.entries())
    await host.copyIn(archive, `/opt/bare/source/images/${at}.tar`);
  await run(host, 'cd /opt/bare/source && sha256sum *.tar.gz images/* > SHA256SUMS');
}

async function layOutFiles(host: HostHandle, parts: Parts): Promise<void> {
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
