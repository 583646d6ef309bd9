// The whole life of a cluster of two nodes on the hosts of the world, with mishaps on the way: a host that enrolls anew, an
// agent that is killed in mid-join, a bootstrap that fails and shows its secrets while it does.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { deleteCluster } from '../../demo/scale-and-delete.ts';
import { CLUSTER, manifestFile, renderCluster } from '../../harness/cluster.ts';
import { Invitation, runByo, waitForHosts } from '../../harness/hosts.ts';
import { readMachines } from '../../harness/machines.ts';
import { watchUntilReady } from '../../harness/watch.ts';
import { ensureLabBundle } from '../../lab/bundle.ts';
import type { HostHandle } from '../../lab/index.ts';
import { ensureParts } from '../../lab/parts/index.ts';
import { waitFor } from '../../lab/wait.ts';
import { runOn } from '../integration/host/run-on.ts';
import type { World } from './world.ts';

const LIFE = 'life';

/** On the hosts: the bootstrap of the control plane waits while it exists, that of a worker fails unless it does. */
const HOLD = '/var/log/life-hold';
const FAILED = '/var/log/life-failed';
/** What a careless user's commands do: show what the document has put on the host. */
const SHOW = 'cat /run/kubeadm/*.yaml /etc/kubernetes/pki/*.key || true; grep -h token: /run/kubeadm/*.yaml || true';

const silent = (): void => undefined;

export function pair({ hosts }: World): { controlPlane: HostHandle; worker: HostHandle } {
  const [controlPlane, worker] = hosts;
  if (!controlPlane || !worker) throw new Error('the world has no two hosts');
  return { controlPlane, worker };
}

/** The host gives its identity up and enrolls anew, as a re-imaged machine does; the token that it did so with. */
export async function enrollAnew({ instance }: World, host: HostHandle): Promise<string> {
  const name = `${host.name}-${randomBytes(3).toString('hex')}`;
  const create = ['enroll', 'create', name, '-n', CLUSTER.namespace, '--replace', host.name, '-o', 'json'];
  const { token, gateway, caPin } = Invitation.parse(JSON.parse(await runByo(instance, create)));
  const enroll = ['byo-agent', 'enroll', '--force', '--gateway', gateway, '--ca-pin', caPin, '--token-file', '-'];
  await runOn(host, 'systemctl stop byo-agent');
  const { exitCode, stderr } = await host.exec(enroll, { input: `${token}\n` });
  if (exitCode !== 0) throw new Error(`${host.name} cannot enroll anew: ${stderr}`);
  await runOn(host, 'systemctl start byo-agent');
  return token.split(':').at(-1) ?? '';
}

const Manifest = z.looseObject({ kind: z.string(), spec: z.record(z.string(), z.unknown()) });
const Commands = z.object({ preKubeadmCommands: z.array(z.string()).default([]) });
const Control = z.looseObject({ kubeadmConfigSpec: z.looseObject({}) });
const Template = z.object({ template: z.object({ spec: z.looseObject({}) }) });

/** Applies the cluster, with one worker more than there are hosts; the bootstrap of its control plane is held. */
export async function beginLife(world: World): Promise<void> {
  const { controlPlane, worker } = pair(world);
  for (const [host, role] of [
    [controlPlane, 'control-plane'],
    [worker, 'worker'],
  ] as const) {
    const label = ['label', '--overwrite', `byohost/${host.name}`, `byo.example.com/role=${role}`];
    await world.kubectl.run(['-n', CLUSTER.namespace, ...label]);
    await runOn(host, `rm -f ${FAILED}; touch ${HOLD}`);
  }
  const parts = await ensureParts({ onProgress: silent });
  const wish = { name: LIFE, endpoint: controlPlane.address, workers: 2 };
  const manifests = careless(await renderCluster(world.instance, await ensureLabBundle(parts, silent), wish));
  await writeFile(manifestFile(world.instance, LIFE), manifests, { mode: 0o600 });
  await waitForHosts(world.instance, [controlPlane.name, worker.name]);
  await world.kubectl.run(['apply', '-f', '-'], manifests);
}

/** Pure: what a user who has never heard of secrets would write into the manifests. */
function careless(rendered: string): string {
  const documents = parseAllDocuments(rendered).map((document) => Manifest.parse(document.toJS()));
  return documents.map(({ spec, ...rest }) => stringify({ ...rest, spec: changeSpec(rest.kind, spec) })).join('---\n');
}

function changeSpec(kind: string, spec: Record<string, unknown>): Record<string, unknown> {
  if (kind === 'KubeadmControlPlane') {
    const { kubeadmConfigSpec, ...more } = Control.parse(spec);
    const held = [SHOW, `while [ -e ${HOLD} ]; do sleep 0.2; done`];
    return { ...more, kubeadmConfigSpec: before(held, kubeadmConfigSpec) };
  }
  if (kind !== 'KubeadmConfigTemplate') return spec;
  const failing = [SHOW, `[ -e ${FAILED} ] || { touch ${FAILED}; exit 7; }`];
  return { template: { spec: before(failing, Template.parse(spec).template.spec) } };
}

function before(commands: string[], config: Record<string, unknown>): Record<string, unknown> {
  return { ...config, preKubeadmCommands: [...commands, ...Commands.parse(config).preKubeadmCommands] };
}

/** Waits until the bootstrap of the control plane is held, its files written, and kills the agent. */
export async function killInMidJoin(world: World): Promise<void> {
  const { controlPlane: host } = pair(world);
  const script = 'test -e /etc/kubernetes/pki/ca.key && test -e /run/kubeadm/kubeadm.yaml && pgrep -f life-hold';
  const probe = async () => ((await host.exec(['sh', '-c', script])).exitCode === 0 ? undefined : 'not held yet');
  await waitFor('the bootstrap to be held', probe, { timeoutMs: 300_000, everyMs: 500 });
  await runOn(host, 'systemctl kill --signal=KILL byo-agent');
}

/** Lets the bootstrap go on; back when both nodes are Ready, with the names of the Machines by their host. */
export async function finishJoin(world: World): Promise<{ controlPlane: string; worker: string; unplaced: string }> {
  const { controlPlane, worker } = pair(world);
  await runOn(controlPlane, `rm -f ${HOLD}`);
  const wish = { instance: world.instance, cluster: LIFE, count: 2, timeoutMinutes: 6 };
  const { nodes } = await watchUntilReady({ ...wish, onLine: silent, onReady: silent });
  const placed = (host: HostHandle) => nodes.find((node) => node.host === host.name)?.machine ?? '';
  const machines = (await readMachines(world.instance)).map(({ name }) => name);
  const unplaced = machines.find((name) => nodes.every(({ machine }) => machine !== name)) ?? '';
  return { controlPlane: placed(controlPlane), worker: placed(worker), unplaced };
}

/** Deletes the cluster; back when both hosts are free again. */
export async function endLife(world: World): Promise<void> {
  await deleteCluster(world.instance, LIFE, silent);
  for (const host of world.hosts) await runOn(host, `rm -f ${FAILED} ${HOLD}`);
}
