// The bad link of the lab below a host of the bench, and a cut that lasts: what is said meanwhile, and what may not happen.
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { readHost } from '../../../harness/machines.ts';
import { ensureLink, removeLink, type HostLink } from '../../../lab/index.ts';
import { waitFor } from '../../../lab/wait.ts';
import type { Bench } from './bench.ts';
import { waitForFit, waitForHostCondition, waitForMachineCondition } from './machine.ts';
import { inNamespace, say } from './one-node.ts';

/** A host of the bench that reaches its gateway over a link that can be spoiled. */
export type Linked = Bench & { link: HostLink };

/** Puts the link under a host that is free, and its agent on it. */
export async function putLink(bench: Bench): Promise<Linked> {
  const linked = { ...bench, link: await ensureLink(bench) };
  await linked.link.shape({});
  const { up } = await linked.link.heal();
  await restartAgent(bench);
  const probe = async (): Promise<string | undefined> => {
    const now = (await linked.link.stats()).up.counts.passed;
    return now > up.counts.passed + 10 ? undefined : `${now} packets`;
  };
  await waitFor(`the agent of ${bench.host.name} on its link`, probe, { timeoutMs: 60_000 });
  await waitForFit(bench);
  return linked;
}

/** Takes the link away, for the scenarios that come after. */
export async function takeLink(bench: Bench): Promise<void> {
  await removeLink(bench);
  await restartAgent(bench);
}

/** A connection that stood before the way changed would only fall silent. */
async function restartAgent({ host }: Bench): Promise<void> {
  const { exitCode, stderr } = await host.exec(['systemctl', 'restart', 'byo-agent']);
  if (exitCode !== 0) throw new Error(`the agent on ${host.name} does not start again: ${stderr}`);
}

/** How long a cut lasts: BYO_CUT_MINUTES, or 10. It is not healed before the management side says what it must say. */
const CUT_MS = Number(process.env.BYO_CUT_MINUTES ?? 10) * 60_000;

type Cut = {
  cluster: string;
  /** The condition of the ByoMachine that says that its host is offline. */
  condition: string;
  /** What the host does by itself meanwhile. */
  meanwhile?: () => Promise<void>;
};

/**
 * Cuts the link now; back when it is healed, with the moment of that (`performance.now()`). Fails unless the host is said
 * to be offline and is still held by the same machine, of which nothing was deleted.
 */
export async function cutLong(linked: Linked, { cluster, condition, meanwhile }: Cut): Promise<number> {
  const { host, link } = linked;
  await link.cut();
  const began = performance.now();
  const before = await readHeld(linked, cluster);
  await meanwhile?.();
  const { status } = await waitForHostCondition(linked, 'Connected', 'LeaseStale');
  expect(status).not.toBe('True');
  const { message } = await waitForMachineCondition(linked, cluster, condition, 'HostOffline');
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  say(`  ${host.name} cut: after ${seconds} s Connected ${status}, ${condition} HostOffline: ${message}`);
  await delay(Math.max(0, CUT_MS - (performance.now() - began)));
  expect(await readHeld(linked, cluster)).toBe(before);
  const { up, down } = await link.heal();
  say(`  ${host.name} healed: ${up.counts.cut} packets from it and ${down.counts.cut} to it met the cut`);
  return performance.now();
}

/** Who holds the host, and the objects of the cluster, as text to compare. */
async function readHeld({ instance, host }: Bench, cluster: string): Promise<string> {
  const label = `cluster.x-k8s.io/cluster-name=${cluster}`;
  const shown = '{range .items[*]}{.kind} {.metadata.name} {.metadata.uid} {.metadata.deletionTimestamp}{"\\n"}{end}';
  const kinds = 'clusters,kubeadmcontrolplanes,machines,byomachines,kubeadmconfigs';
  const objects = await inNamespace(instance, ['get', kinds, '-l', label, '-o', `jsonpath=${shown}`]);
  return `${objects}${JSON.stringify((await readHost(instance, host.name)).spec.claim)}`;
}

/** Says how long it took from a moment on. */
export function tellSince(moment: number, what: string): void {
  say(`  ${what}: ${((performance.now() - moment) / 1000).toFixed(1)} s`);
}

/** Waits until so many bytes more have come through to the host. */
export async function waitForBytes({ host, link }: Linked, bytes: number): Promise<void> {
  const from = (await link.stats()).down.counts.bytes;
  const probe = async (): Promise<string | undefined> => {
    const come = (await link.stats()).down.counts.bytes - from;
    return come >= bytes ? undefined : `${come} of ${bytes}`;
  };
  await waitFor(`${bytes} bytes to ${host.name}`, probe, { timeoutMs: 300_000 });
}
