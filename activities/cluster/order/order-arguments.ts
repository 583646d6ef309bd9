// What each verb is told: read from Machine, installer template and bootstrap Secret at the moment of sealing.
import type { SealInput } from '../../../api/activities.ts';
import { WAIT_REASONS } from '../../../api/conditions.ts';
import { LABELS, providerIdOf } from '../../../api/names.ts';
import {
  ClusterName,
  type DrainArguments,
  type Endpoint,
  type Order,
  type ResetArguments,
} from '../../../api/orders.ts';
import type { ByoHost } from '../../../api/byo-host.ts';
import type { Reason } from '../../../api/reasons/reason.ts';
import { isControlPlane, isDeleting } from '../../../common/contract.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { readBootstrap } from './read-bootstrap.ts';
import { readBundle } from './read-bundle.ts';
import { decideRanges, readCluster, readEndpoint } from './read-endpoint.ts';
import type { Situation } from '../observe/situation.ts';

/** Arguments with the verb that they belong to. */
export type VerbArguments = {
  [V in Order['verb']]: Pick<Extract<Order, { verb: V }>, 'verb' | 'arguments'>;
}[Order['verb']];

export type ReadArguments = { arguments: VerbArguments } | { waiting: Reason };

/** Bound of an eviction that is ours: a ByoMachine deleted alone (core's own drain has its own bound). */
const EVICTION_SECONDS = 300;

/** The arguments of the order, or what is still missing for it. */
export async function readArguments(kube: Kube, input: SealInput, situation: Situation): Promise<ReadArguments> {
  switch (input.verb) {
    case 'install':
      return readInstall(kube, input, situation);
    case 'join':
      return readJoin(kube, input, situation);
    case 'drain':
      return { arguments: { verb: 'drain', arguments: decideDrain(situation, await readEndpoint(kube, situation)) } };
    case 'reset':
      return readReset(kube, input, situation);
    default:
      return input.verb satisfies never;
  }
}

/** The Cluster is read once for both. */
async function readReset(kube: Kube, input: SealInput, situation: Situation): Promise<ReadArguments> {
  const cluster = await readCluster(kube, situation);
  const endpoint = await readEndpoint(kube, { ...situation, cluster });
  const reset = decideReset(input, { ...situation, cluster }, endpoint);
  return { arguments: { verb: 'reset', arguments: reset } };
}

async function readInstall(kube: Kube, input: SealInput, { machine, owner }: Situation): Promise<ReadArguments> {
  const version = owner?.spec.version;
  if (!machine || version === undefined) {
    return waiting(WAIT_REASONS.waitingForVersion, 'no Machine names a Kubernetes version for this ByoMachine');
  }
  const bundle = await readBundle(kube, machine, version);
  if ('waiting' in bundle) return bundle;
  return { arguments: { verb: 'install', arguments: { version, bundle, providerID: providerOf(input) } } };
}

async function readJoin(kube: Kube, input: SealInput, situation: Situation): Promise<ReadArguments> {
  const bootstrap = await readBootstrap(kube, situation.owner);
  if ('waiting' in bootstrap) return bootstrap;
  const failureDomain = situation.claimed[0]?.spec.failureDomain;
  const metadata = {
    instanceId: `${input.machine.name}-${input.claim.generation}`,
    providerId: providerOf(input),
    ...(failureDomain === undefined ? {} : { failureDomain }),
  };
  return { arguments: { verb: 'join', arguments: { ...bootstrap, metadata } } };
}

/**
 * Machine or Cluster deleting: core has drained, or will not, and the control plane provider has taken this host's etcd
 * away: it can only answer wrongly from here on, so the endpoint goes before the Node is asked for. A ByoMachine deleted
 * alone: we evict, bounded, by an API that this host may be serving.
 */
export function decideDrain(
  { machine, owner, cluster }: Pick<Situation, 'machine' | 'owner' | 'cluster'>,
  endpoint: Endpoint | undefined,
): DrainArguments {
  const evict = !isDeleting(owner) && !isDeleting(cluster);
  if (evict) return { evict, timeoutSeconds: EVICTION_SECONDS };
  return { evict, timeoutSeconds: 0, ...(endpoint && isDeleting(machine) ? { endpoint } : {}) };
}

/** The control plane provider owns etcd membership: kubeadm must not take a member away by itself. */
export function decideReset(
  { keepClaim }: Pick<SealInput, 'keepClaim'>,
  { machine, owner, cluster, claimed }: Pick<Situation, 'machine' | 'owner' | 'cluster' | 'claimed'>,
  endpoint: Endpoint | undefined,
): ResetArguments {
  const ranges = decideRanges(cluster);
  const controlPlane = [machine, owner].some((object) => object !== undefined && isControlPlane(object));
  return {
    skipEtcdMemberRemoval: controlPlane,
    ...(keepClaim ? { keepClaim } : {}),
    ...(endpoint ? { endpoint } : {}),
    ...(ranges.length > 0 ? { ranges } : {}),
    ...clusterOf({ machine, owner }),
    ...leftoversOf(claimed[0]),
  };
}

/** Of a machine that was forced away nobody knows what it was, and its cluster has done without it since. */
export function owedReset(host: ByoHost): VerbArguments {
  return { verb: 'reset', arguments: { skipEtcdMemberRemoval: true, ...leftoversOf(host) } };
}

/** What somebody who may update the host has said of what clusters leave there. */
function leftoversOf(host: ByoHost | undefined): Pick<ResetArguments, 'accepted' | 'leftovers'> {
  const { accepted = [], leftovers } = host?.spec ?? {};
  return {
    ...(leftovers && { leftovers }),
    ...(accepted.length > 0 ? { accepted: accepted.map(({ id }) => id) } : {}),
  };
}

function clusterOf({ machine, owner }: Pick<Situation, 'machine' | 'owner'>): Pick<ResetArguments, 'cluster'> {
  // What no order can carry is left out: a reset must not wait for it.
  const { data } = ClusterName.safeParse(owner?.spec.clusterName ?? machine?.metadata.labels[LABELS.clusterName]);
  return data === undefined ? {} : { cluster: data };
}

function providerOf({ claim }: SealInput): string {
  return providerIdOf(claim.hostID, claim.generation);
}

function waiting(reason: string, message: string): { waiting: Reason } {
  return { waiting: { reason, message } };
}
