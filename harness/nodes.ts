// Nodes of the new cluster, as its own API server tells them.
import { z } from 'zod';
import type { Instance } from '../lab/index.ts';
import { kubectlOf } from './kubectl.ts';
import { listOf, readMachines } from './machines.ts';

const Node = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ providerID: z.string().optional() }).default({}),
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })),
    nodeInfo: z.object({ kubeletVersion: z.string() }),
  }),
});

/** A node as the report names it. */
export type NodeReport = {
  name: string;
  ready: boolean;
  version: string;
  providerID: string;
  machine: string;
  host: string;
};

/** Nodes of the new cluster, matched to machine and host by providerID; empty while its API server is away. */
export async function readNodes(instance: Instance, kubeconfig: string): Promise<NodeReport[]> {
  const { stdout, exitCode } = await kubectlOf(instance, kubeconfig).try([
    'get',
    'nodes',
    '-o',
    'json',
    '--request-timeout=10s',
  ]);
  if (exitCode !== 0) return [];
  const machines = await readMachines(instance);
  return listOf(Node)
    .parse(JSON.parse(stdout))
    .items.map(({ metadata, spec, status }) => {
      const owner = machines.find(
        ({ machine }) => machine.spec.providerID !== undefined && machine.spec.providerID === spec.providerID,
      );
      return {
        name: metadata.name,
        ready: status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
        version: status.nodeInfo.kubeletVersion,
        providerID: spec.providerID ?? '',
        machine: owner?.machine.metadata.ownerReferences.find(({ kind }) => kind === 'Machine')?.name ?? '',
        host: owner?.machine.status?.hostRef?.name ?? '',
      };
    });
}
