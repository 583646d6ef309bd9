// Live progress: one line whenever a machine, its host or its node moves, until every node is Ready.
import { setTimeout as delay } from 'node:timers/promises';
import type { Instance } from '../lab/index.ts';
import { applyNetwork, writeWorkloadKubeconfig } from './cluster.ts';
import { readMachines } from './machines.ts';
import { readNodes, type NodeReport } from './nodes.ts';

type Watch = {
  instance: Instance;
  /** Name of the cluster. */
  cluster: string;
  /** How many nodes must be Ready. */
  count: number;
  timeoutMinutes: number;
  /** Between two looks, in milliseconds; a second unless told otherwise. */
  pauseMs?: number;
  /** Called with each change, once. */
  onLine: (line: string) => void;
  /** Called once for each machine whose node is Ready. */
  onReady: (machine: string) => void;
};

/** Waits until `count` nodes are Ready and gives the kubeconfig of their cluster. Throws when the time is over. */
export async function watchUntilReady(o: Watch): Promise<{ kubeconfig: string; nodes: NodeReport[] }> {
  const end = performance.now() + o.timeoutMinutes * 60_000;
  const tell = sayChanges(o.onLine);
  for (;;) {
    for (const { name, line } of await readMachines(o.instance)) tell(name, line);
    const kubeconfig = await writeWorkloadKubeconfig(o.instance, o.cluster);
    const nodes = kubeconfig ? await lookAtNodes(o, kubeconfig, tell) : [];
    if (kubeconfig && nodes.length >= o.count && nodes.every(({ ready }) => ready)) return { kubeconfig, nodes };
    if (performance.now() > end) throw new Error(`no ${o.count} Ready nodes within ${o.timeoutMinutes} minutes`);
    await delay(o.pauseMs ?? 1000);
  }
}

/** The network is applied each time: it is the same manifest, and the API server may have been away the last time. */
async function lookAtNodes(o: Watch, kubeconfig: string, tell: Tell): Promise<NodeReport[]> {
  if (!(await applyNetwork(o.instance, kubeconfig))) return [];
  const nodes = await readNodes(o.instance, kubeconfig);
  for (const { name, ready, machine } of nodes) {
    const changed = tell(`node/${name}`, ready ? 'Ready' : 'registered, not Ready yet');
    if (changed && ready) o.onReady(machine);
  }
  return nodes;
}

/** Says a line about `name` unless it was the last one said of it; true when it was said. */
export type Tell = (name: string, line: string) => boolean;

/** Says each change once. */
export function sayChanges(say: (line: string) => void): Tell {
  const last = new Map<string, string>();
  return (name, line) => {
    if (last.get(name) === line) return false;
    last.set(name, line);
    say(`  ${name.padEnd(34)} ${line}`);
    return true;
  };
}
