// What must be the same before and after: Nodes, kubelets, and everything that the journals of the hosts tell.
import { z } from 'zod';
import { kubectlOf } from '../../demo/kubectl.ts';
import { listOf } from '../../demo/machines.ts';
import type { HostHandle, Instance } from '../../lab/index.ts';

const Node = z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) });

/** Claims, operations and steps in the journal of a host, as rows. */
export const Journal = z.object({
  claims: z.array(z.looseObject({ generation: z.number(), incarnation: z.string(), state: z.string() })),
  operations: z.array(z.looseObject({ generation: z.number(), operation: z.string(), state: z.string() })),
  steps: z.array(z.looseObject({ step: z.string(), attempt: z.number() })),
});
export type Journal = z.infer<typeof Journal>;

const NODE = '/usr/local/lib/byo-agent/current/bin/node';
const READ_JOURNAL = `
const { DatabaseSync } = require('node:sqlite');
const journal = new DatabaseSync('/var/lib/byo-agent/journal.sqlite', { readOnly: true });
const rows = (table, order) => journal.prepare('SELECT * FROM ' + table + ' ORDER BY ' + order).all();
console.log(JSON.stringify({
  claims: rows('claims', 'generation'),
  operations: rows('operations', 'generation, operation').map(({ input, ...row }) => row),
  steps: rows('steps', 'generation, operation, step'),
}));`;

async function read(host: HostHandle, argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await host.exec(argv);
  if (exitCode !== 0) throw new Error(`on ${host.name}: ${argv[0]} ended with ${exitCode}: ${stderr}`);
  return stdout.trim();
}

/** Reads the journal of a host, with the agent's own Node; the agent goes on. */
export async function readJournal(host: HostHandle): Promise<Journal> {
  return Journal.parse(JSON.parse(await read(host, [NODE, '--no-warnings', '-e', READ_JOURNAL])));
}

/** One host of a witness. `kubelet`: its process and when it came up, which a restart would change. */
export type HostWitness = { kubelet: string; journal: Journal };
export type Witness = { nodes: Record<string, string>; hosts: Record<string, HostWitness> };

/** Reads it all; `kubeconfig` is that of the cluster whose Nodes are on the hosts. */
export async function takeWitness(instance: Instance, kubeconfig: string, hosts: HostHandle[]): Promise<Witness> {
  const { items } = listOf(Node).parse(await kubectlOf(instance, kubeconfig).get(['nodes']));
  const nodes = Object.fromEntries(items.map(({ metadata }) => [metadata.name, metadata.uid]));
  const seen: [string, HostWitness][] = [];
  for (const host of hosts) {
    const shown = ['show', '-p', 'MainPID,ActiveEnterTimestampMonotonic', 'kubelet'];
    seen.push([host.name, { kubelet: await read(host, ['systemctl', ...shown]), journal: await readJournal(host) }]);
  }
  return { nodes, hosts: Object.fromEntries(seen) };
}
