// Activities at the end of a claim: its Node goes, so that the host can never be matched to it again; then the host is given back
// and the ByoMachine let go. The host reconciler frees the host afterwards.
import pRetry from 'p-retry';
import type { ByoHost } from '../../api/byo-host.ts';
import type { Cluster } from '../../api/cluster-api.ts';
import { FIELD_MANAGERS, FINALIZERS, LABELS, providerIdOf, type MachineKey } from '../../api/names.ts';
import { isDeleting } from '../../common/contract.ts';
import { ByoError, describeError } from '../../common/errors.ts';
import type { Kube } from '../../common/kube/client.ts';
import { connect } from '../../common/kube/connect.ts';
import { BYO_HOSTS, BYO_MACHINES, MACHINES, NODES, SECRETS, type Node } from '../../common/kube/resources.ts';
import { decideSecretRefusal } from './order/cluster-secret.ts';
import type { Deed } from './right/deed.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { writeReport } from './report-conditions.ts';
import type { Situation } from './observe/situation.ts';

type Outcome = { deleted: boolean; message: string };

/** Core gives a Node ten seconds of tries as well: an API that does not answer must not hold a host back. */
const TRIES = 3;
const REQUEST_MS = 5000;

/** Bounded: when the workload API does not answer, the Node is left to Cluster API and the message says so. */
export function createDeleteNode(deps: ClusterDependencies): Deed<'deleteNode'> {
  const { kube } = deps;
  return async (situation, { machine: key, claim, ...told }) => {
    await writeReport(deps, situation, { machine: key, ...told });
    const skip = await whySkip(kube, key, situation);
    if (skip) return { deleted: false, message: skip };
    const providerID = providerIdOf(claim.hostID, claim.generation);
    try {
      return await pRetry(async () => deleteOnce(await connectWorkload(kube, situation), situation, providerID), {
        retries: TRIES - 1,
        minTimeout: 1000,
        shouldRetry: ({ error }) => !(error instanceof ByoError) || error.retryable,
      });
    } catch (error) {
      return { deleted: false, message: `left to Cluster API: ${describeError(error)}` };
    }
  };
}

/** With the cluster or its control plane the API goes, and every Node with it; core deletes none then either. */
async function whySkip(kube: Kube, key: MachineKey, { cluster, owner }: Situation): Promise<string | undefined> {
  if (!cluster) return 'skipped: the Cluster is not found';
  if (isDeleting(cluster)) return 'skipped: the Cluster is being deleted';
  const labelSelector = `${LABELS.clusterName}=${cluster.metadata.name},${LABELS.controlPlane}`;
  const controlPlanes = await kube.listReadable(MACHINES, { namespace: key.namespace, labelSelector });
  const alive = controlPlanes.items.some((one) => !isDeleting(one) && one.metadata.uid !== owner?.metadata.uid);
  return alive || controlPlanes.invalid.length > 0 ? undefined : 'skipped: no control plane machine stays';
}

async function connectWorkload(kube: Kube, { cluster }: { cluster?: Cluster | undefined }): Promise<Kube> {
  const { name: clusterName = '', namespace = '' } = cluster?.metadata ?? {};
  const secret = await kube.get(SECRETS, { namespace, name: `${clusterName}-kubeconfig` });
  const refusal = decideSecretRefusal(secret, { namespace, clusterName });
  if (refusal) {
    const remedy = 'Let the control plane provider make it, or give it that type and label';
    throw new ByoError('Untrusted', refusal, { remedy, retryable: false });
  }
  const text = Buffer.from(secret.data.value ?? '', 'base64').toString('utf8');
  return connect({ text, timeoutMs: REQUEST_MS });
}

async function deleteOnce(workload: Kube, { owner }: Situation, providerID: string): Promise<Outcome> {
  const node = await findNode(workload, owner?.status?.nodeRef?.name, providerID);
  if (!node) return { deleted: true, message: `no Node is ${providerID}` };
  const { name, uid } = node.metadata;
  await workload.delete(NODES, { name }, { uid });
  return { deleted: true, message: `Node ${name} deleted` };
}

/** By name first (one read); the providerID decides, since another machine may bear the name by now. */
async function findNode(workload: Kube, name: string | undefined, providerID: string): Promise<Node | undefined> {
  const named = name === undefined ? undefined : await workload.find(NODES, { name });
  if (named?.spec.providerID === providerID) return named;
  const nodes = await workload.list(NODES);
  return nodes.items.find((node) => node.spec.providerID === providerID);
}

/** First the claims become `releasing`, the finalizer falls last: a host is never held by an object that is gone. */
export function createReleaseHost({ kube }: ClusterDependencies): Deed<'releaseHost'> {
  return async (situation) => {
    // Not found: an earlier attempt has finished, or the object was lost, and then the claim has to stand.
    if (!situation.machine) return;
    for (const host of situation.claimed) await markReleasing(kube, host);
    await dropFinalizer(kube, situation);
  };
}

async function markReleasing(kube: Kube, host: ByoHost): Promise<void> {
  if (host.spec.claim?.releasing) return;
  const { namespace, name, resourceVersion } = host.metadata;
  const change = { manager: FIELD_MANAGERS.workflow, body: { spec: { claim: { releasing: true } } }, resourceVersion };
  await kube.patch(BYO_HOSTS, { namespace, name }, change);
}

async function dropFinalizer(kube: Kube, { machine }: Situation): Promise<void> {
  if (!machine?.metadata.finalizers.includes(FINALIZERS.machine)) return;
  const { namespace, name, resourceVersion } = machine.metadata;
  const finalizers = machine.metadata.finalizers.filter((one) => one !== FINALIZERS.machine);
  const change = { manager: FIELD_MANAGERS.workflow, body: { metadata: { finalizers } }, resourceVersion };
  await kube.patch(BYO_MACHINES, { namespace, name }, change);
}
