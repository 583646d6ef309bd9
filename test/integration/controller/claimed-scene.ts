// A machine that has claimed a host, on a real API server, with the activities under our own rights.
import { createClusterActivities } from '../../../activities/cluster/index.ts';
import type { MachineClaim } from '../../../api/activities.ts';
import { API_VERSION, FIELD_MANAGERS, type MachineKey } from '../../../api/names.ts';
import { BYO_HOSTS, BYO_MACHINES, INSTALLER_TEMPLATES, SECRETS } from '../../../common/kube/resources.ts';
import { createKeyPair, openOrder, type KeyPair, type Sealed } from '../../../common/keys/sealing.ts';
import { reportedHost } from '../../support/builders.ts';
import {
  admin,
  createCluster,
  createHost,
  createMachine,
  makeClaimable,
  newNamespace,
  ours,
  setStatus,
} from './fixtures.ts';

export const VERSION = 'v1.36.3';
export const DIGEST = `sha256:${'a'.repeat(64)}`;

export type Scene = {
  namespace: string;
  key: MachineKey;
  claim: MachineClaim;
  activities: ReturnType<typeof createClusterActivities>;
  open: (sealed: Sealed) => ReturnType<typeof openOrder>;
  signing: KeyPair;
};

/** A machine `m` that has claimed host `h`, with bundle and bootstrap data in place. */
export async function scene(): Promise<Scene> {
  const namespace = await newNamespace();
  await createCluster(namespace);
  const { keys } = await createHost(namespace, 'h');
  await makeClaimable(namespace, 'h');
  const { metadata } = await createMachine(namespace, 'm');
  await createInputs(namespace);
  const key = { management: 'test', namespace, name: 'm', incarnation: metadata.uid };
  const signing = await createKeyPair('signing');
  const activities = createClusterActivities({ kube: ours(), signingKey: signing, management: 'test', patienceMs: 0 });
  const claimed = await activities.claimHost({ machine: key });
  if (!('claim' in claimed)) throw new Error(claimed.waiting.message);
  const open = (sealed: Sealed) => openOrder(sealed, { host: keys.privateJwk, trusted: [signing.publicJwk] });
  return { namespace, key, claim: claimed.claim, activities, open, signing };
}

async function createInputs(namespace: string): Promise<void> {
  const installer = {
    bundleRepo: 'file:///bundles',
    bundleType: 'k8s',
    versions: [{ version: VERSION, digest: DIGEST }],
  };
  const template = { metadata: { namespace, name: 'installer' }, spec: { template: { spec: installer } } };
  await admin.create(INSTALLER_TEMPLATES, { apiVersion: API_VERSION, ...template }, namespace);
  const labels = { 'cluster.x-k8s.io/cluster-name': 'c' };
  const data = { value: Buffer.from('#cloud-config').toString('base64') };
  const secret = { metadata: { namespace, name: 'm-data', labels }, type: 'cluster.x-k8s.io/secret', data };
  await admin.create(SECRETS, secret, namespace);
}

export type Said = { operation?: string; state?: string; closed?: boolean; generation?: number };

/** What the host says of the claim from now on. */
export async function say({ namespace, key, claim }: Scene, said: Said): Promise<void> {
  const { operation, state = 'Succeeded', closed, generation = claim.generation } = said;
  const openClaim = { incarnation: key.incarnation, generation };
  const progress = operation && { operation: { operation, state, generation } };
  const reported = reportedHost({ hostname: 'h', generation, ...(!closed && { openClaim }), ...progress });
  await setStatus(BYO_HOSTS, { namespace, name: 'h' }, { reported }, FIELD_MANAGERS.agent);
}

/** The host is installed, and the machine knows it. */
export async function preparedScene(): Promise<Scene> {
  const here = await scene();
  await say(here, { operation: `install/${VERSION}` });
  await here.activities.setProviderID({ machine: here.key, claim: here.claim });
  return here;
}

export const machineOf = ({ namespace }: Scene) => admin.get(BYO_MACHINES, { namespace, name: 'm' });
export const hostOf = ({ namespace }: Scene) => admin.get(BYO_HOSTS, { namespace, name: 'h' });
