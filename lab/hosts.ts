// BYO hosts: containers that are whole Debian machines with systemd, as kubeadm sees them; made, booted, taken away.
import { runChecked } from './spawn.ts';
import { INSTANCE_LABEL, inspectState } from './podman.ts';
import type { Podman } from './podman.ts';
import type { HostRecord, InstanceRecord } from './state.ts';
import { waitFor } from './wait.ts';

/** Where a host finds the bundles, read-only, when the instance was given a folder of them. */
const BUNDLES_ON_HOST = '/opt/byo-bundles';

/** Make and boot the host unless it runs; a stopped one is started, a paused one is left paused. */
export async function ensureHost(
  podman: Podman,
  record: InstanceRecord,
  o: { host: HostRecord; image: string },
): Promise<void> {
  const state = await inspectState(podman, o.host.container);
  if (state === 'running' || state === 'paused') return;
  if (state === 'exited' || state === 'stopped') {
    await podman.run(['start', o.host.container], { timeoutMs: 60_000 });
    return;
  }
  // Any other state is a start that was cut off: nothing of such a host is worth keeping.
  if (state !== undefined) await podman.run(['rm', '-f', '-v', '-t', '0', o.host.container], { timeoutMs: 60_000 });
  await ensureVolumes(podman, record, o.host);
  const limits = await decideLimits();
  await podman.run([...runArguments(record, o.host, limits), o.image], { timeoutMs: 120_000 });
}

/** Wait until the host's systemd has finished booting; a paused host is left to who paused it. */
export async function waitForHost(podman: Podman, host: HostRecord): Promise<void> {
  if ((await inspectState(podman, host.container)) === 'paused') return;
  const probe = async (): Promise<string | undefined> => {
    const { stdout, stderr } = await podman.ask(['exec', host.container, 'systemctl', 'is-system-running']);
    const word = stdout.trim();
    return word === 'running' || word === 'degraded' ? undefined : word || stderr.trim();
  };
  await waitFor(`${host.name} booted`, probe, { timeoutMs: 90_000, everyMs: 200 });
}

/** Wait until a killed host is really dead: podman reports it a moment later, and until then refuses to start it. */
export async function waitForDeath(podman: Podman, host: HostRecord): Promise<void> {
  const probe = async (): Promise<string | undefined> => {
    const state = await inspectState(podman, host.container);
    return state === 'exited' || state === undefined ? undefined : state;
  };
  await waitFor(`${host.name} dead`, probe, { timeoutMs: 30_000 });
}

/** Take a host away for ever, with its volumes. */
export async function removeHost(podman: Podman, host: HostRecord): Promise<void> {
  await podman.run(['rm', '-f', '-v', '-t', '0', '--ignore', host.container], { timeoutMs: 60_000 });
  for (const volume of volumesOf(host)) await podman.run(['volume', 'rm', '-f', volume]);
}

/** Container-side folders that need a real file system under them: overlay does not stack on overlay. */
const STATE_FOLDERS = { containerd: '/var/lib/containerd', kubelet: '/var/lib/kubelet' } as const;

function volumesOf(host: HostRecord): string[] {
  return Object.keys(STATE_FOLDERS).map((purpose) => `${host.container}-${purpose}`);
}

// Named volumes made beforehand carry the label, so that they are found even when the container never came to be.
async function ensureVolumes(podman: Podman, record: InstanceRecord, host: HostRecord): Promise<void> {
  for (const volume of volumesOf(host)) {
    if ((await podman.ask(['volume', 'exists', volume])).exitCode === 0) continue;
    await podman.run(['volume', 'create', '--label', `${INSTANCE_LABEL}=${record.name}`, volume]);
  }
}

/** Limits for a host: `files` open files, `processes` per user. */
export type Limits = { files: number; processes: number };

/**
 * Without CAP_SYS_RESOURCE limits cannot be raised, not even to the hard limit that is there: podman lowers its own
 * number of processes to 32768 first. `hardFiles` as `ulimit -Hn` prints it.
 */
export function limitsBelow(hardFiles: string): Limits {
  const files = hardFiles === 'unlimited' ? 1_048_576 : Math.min(Number(hardFiles), 1_048_576);
  return { files, processes: 30_000 };
}

async function decideLimits(): Promise<Limits> {
  return limitsBelow(await runChecked(['sh', '-c', 'ulimit -Hn']));
}

/**
 * `--systemd=false` and a private cgroup namespace: podman's own systemd mode binds the machine's systemd hierarchy into
 * every host, where units of the same name in two hosts become one cgroup. SIGRTMIN+3 is systemd's orderly halt.
 */
function runArguments(record: InstanceRecord, host: HostRecord, limits: Limits): string[] {
  const volumes = Object.entries(STATE_FOLDERS).map(([purpose, path]) => `${host.container}-${purpose}:${path}`);
  const bundles = record.bundleDir === undefined ? [] : [`${record.bundleDir}:${BUNDLES_ON_HOST}:ro`];
  return [
    ['--runtime', 'runc', 'run', '-d', '--name', host.container, '--hostname', host.container],
    ['--label', `${INSTANCE_LABEL}=${record.name}`, '--network', record.network, '--ip', host.address],
    ['--privileged', '--systemd=false', '--cgroupns=private', '--stop-signal', 'SIGRTMIN+3', '--stop-timeout', '30'],
    ['-e', 'container=podman', '--tmpfs', '/run', '--tmpfs', '/tmp'],
    ['--ulimit', `nofile=${limits.files}:${limits.files}`],
    ['--ulimit', `nproc=${limits.processes}:${limits.processes}`],
    [...volumes, ...bundles].flatMap((mount) => ['-v', mount]),
  ].flat();
}
