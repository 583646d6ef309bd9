// Where the cluster of a machine answers: its Cluster says it, or else the ByoCluster that it refers to.
import type { ByoCluster } from '../../../api/byo-cluster.ts';
import type { Cluster } from '../../../api/cluster-api.ts';
import { LABELS } from '../../../api/names.ts';
import { Endpoint, MAX_RANGES, Range } from '../../../api/orders.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { BYO_CLUSTERS, CLUSTERS } from '../../../common/kube/resources.ts';
import type { Situation } from '../observe/situation.ts';

type Known = Pick<Situation, 'machine' | 'owner' | 'cluster'>;

/** Undefined when neither object is there or says anything: the host then knows by what kubeadm wrote on it. */
export async function readEndpoint(kube: Kube, situation: Known): Promise<Endpoint | undefined> {
  const key = clusterKeyOf(situation);
  if (!key) return undefined;
  const cluster = await readCluster(kube, situation);
  const said = decideEndpoint(cluster, undefined);
  const reference = cluster?.spec.infrastructureRef ?? { kind: BYO_CLUSTERS.kind, name: key.name };
  if (said || reference.kind !== BYO_CLUSTERS.kind) return said;
  return decideEndpoint(undefined, await kube.find(BYO_CLUSTERS, { ...key, name: reference.name }));
}

/** Its Machine may be gone while a ByoMachine is still being deleted. */
export async function readCluster(kube: Kube, situation: Known): Promise<Cluster | undefined> {
  const key = clusterKeyOf(situation);
  return situation.cluster ?? (key && (await kube.find(CLUSTERS, key)));
}

/** Pod and service ranges, as far as an order can carry them. Pure. */
export function decideRanges(cluster: Cluster | undefined): string[] {
  const { pods, services } = cluster?.spec.clusterNetwork ?? {};
  const said = [...(pods?.cidrBlocks ?? []), ...(services?.cidrBlocks ?? [])];
  return said.filter((range) => Range.safeParse(range).success).slice(0, MAX_RANGES);
}

function clusterKeyOf({ machine, owner }: Known): { namespace: string; name: string } | undefined {
  const name = owner?.spec.clusterName ?? machine?.metadata.labels[LABELS.clusterName];
  return machine && name !== undefined ? { namespace: machine.metadata.namespace, name } : undefined;
}

const DEFAULT_PORT = 6443;
/** "Not set yet": what a hosted control plane writes there until it has an address. */
const PLACEHOLDERS = ['', '0.0.0.0', '::'];

/** A host that no order can carry is left out: a reset must not wait for it. Pure. */
export function decideEndpoint(cluster: Cluster | undefined, byoCluster: ByoCluster | undefined): Endpoint | undefined {
  for (const said of [cluster?.spec.controlPlaneEndpoint, byoCluster?.spec.controlPlaneEndpoint]) {
    const host = (said?.host ?? '').replace(/^\[(.*)\]$/, '$1');
    if (PLACEHOLDERS.includes(host)) continue;
    const { success, data } = Endpoint.safeParse({ host, port: said?.port || DEFAULT_PORT });
    if (success) return data;
  }
  return undefined;
}
