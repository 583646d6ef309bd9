// What must be the same before and after: Nodes, kubelets, and everything that the journals of the hosts tell.
import { z } from 'zod';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { listOf } from '../../../harness/machines.ts';
import type { HostHandle, Instance } from '../../../lab/index.ts';
import { readJournal, type Journal } from '../../integration/host/journal.ts';
import { runArgv } from '../../integration/host/run-on.ts';

const Node = z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) });

/** One host of a witness. `kubelet`: its process and when it came up, which a restart would change. */
type HostWitness = { kubelet: string; journal: Journal };
export type Witness = { nodes: Record<string, string>; hosts: Record<string, HostWitness> };

/** Reads it all; `kubeconfig` is that of the cluster whose Nodes are on the hosts. */
export async function takeWitness(instance: Instance, kubeconfig: string, hosts: HostHandle[]): Promise<Witness> {
  const { items } = listOf(Node).parse(await kubectlOf(instance, kubeconfig).get(['nodes']));
  const nodes = Object.fromEntries(items.map(({ metadata }) => [metadata.name, metadata.uid]));
  const seen: [string, HostWitness][] = [];
  for (const host of hosts) {
    const shown = ['show', '-p', 'MainPID,ActiveEnterTimestampMonotonic', 'kubelet'];
    seen.push([host.name, { kubelet: await runArgv(host, ['systemctl', ...shown]), journal: await readJournal(host) }]);
  }
  return { nodes, hosts: Object.fromEntries(seen) };
}
