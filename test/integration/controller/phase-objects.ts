// The phases of a machine's life as objects on a real API server.
import { readFile } from 'node:fs/promises';
import type { ByoHost } from '../../../api/byo-host.ts';
import { ANNOTATIONS, API_VERSION, FIELD_MANAGERS, FINALIZERS, providerIdOf } from '../../../api/names.ts';
import {
  BYO_HOSTS,
  BYO_MACHINES,
  CLUSTERS,
  INSTALLER_TEMPLATES,
  MACHINES,
  NODES,
  SECRETS,
} from '../../../common/kube/resources.ts';
import { condition, reportedHost } from '../../support/builders.ts';
import type { Asked } from './by-hand.ts';
import { GENERATION, type Phase } from './phases.ts';
import { admin, createCluster, createHost, createMachine, makeClaimable, newNamespace, setStatus } from './fixtures.ts';

/** A machine `m`, a host `h` and what belongs to both; `asked` names the claim of the one on the other. */
export type Scene = { namespace: string; host: ByoHost; incarnation: string; node: string; asked: Asked };

/** Brings the objects of a phase about. */
export async function makePhase(phase: Phase): Promise<Scene> {
  const namespace = await newNamespace();
  await createCluster(namespace);
  const { host } = await createHost(namespace, 'h');
  await makeClaimable(namespace, 'h');
  await createInputs(namespace);
  const { metadata } = await createMachine(namespace, 'm', phase.holds ? {} : { installerRef: undefined });
  const incarnation = metadata.uid;
  const machine = { management: 'test', namespace, name: 'm', incarnation };
  const claim = { hostName: 'h', hostID: host.spec.hostID, generation: GENERATION };
  const scene = { namespace, host, incarnation, node: `node-${namespace}`, asked: { machine, claim } };
  await hold(scene, phase);
  await createNode(scene);
  await markMachine(scene, phase);
  if (phase.gone) await removeMachine(namespace);
  return scene;
}

async function hold({ namespace, incarnation }: Scene, { holds, said }: Phase): Promise<void> {
  if (!holds) return;
  const claim = { namespace, name: 'm', incarnation, generation: GENERATION };
  const another = { ...claim, name: 'n', incarnation: 'uid-n', generation: GENERATION + 1 };
  const held = { claim: { claim }, another: { claim: another }, owed: { cleanupOwed: claim } }[holds];
  const spec = { ...held, lastGeneration: GENERATION + 1 };
  await admin.patch(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', body: { spec } });
  if (!said) return;
  const { operation, state, open, generation = GENERATION } = said;
  const openClaim = open && { incarnation, generation };
  const progress = operation && { operation: { operation, state, generation } };
  const reported = reportedHost({ hostname: 'h', generation, ...(openClaim && { openClaim }), ...progress });
  await setStatus(BYO_HOSTS, { namespace, name: 'h' }, { reported }, FIELD_MANAGERS.agent);
}

async function markMachine(scene: Scene, phase: Phase): Promise<void> {
  const { namespace, host } = scene;
  const at = { namespace, name: 'm' };
  const annotations = {
    [ANNOTATIONS.incarnation]: scene.incarnation,
    ...(phase.leaving && { [ANNOTATIONS.deleteForMove]: '' }),
  };
  const spec = phase.prepared ? { providerID: providerIdOf(host.spec.hostID, GENERATION) } : {};
  const body = { metadata: { finalizers: [FINALIZERS.machine], annotations }, spec };
  await admin.patch(BYO_MACHINES, at, { manager: 'test', body });
  if (phase.bootstrapped) {
    const conditions = [condition('BootstrapSucceeded', 'True', 'BootstrapSucceeded')];
    await setStatus(BYO_MACHINES, at, { conditions }, FIELD_MANAGERS.workflow);
    await setStatus(MACHINES, at, { nodeRef: { name: scene.node } });
  }
  if (phase.deleting) await admin.delete(BYO_MACHINES, at);
  if (!phase.paused) return;
  await admin.patch(CLUSTERS, { namespace, name: 'c' }, { manager: 'test', body: { spec: { paused: true } } });
}

async function removeMachine(namespace: string): Promise<void> {
  const body = { metadata: { finalizers: [] } };
  await admin.patch(BYO_MACHINES, { namespace, name: 'm' }, { manager: 'test', body });
  await admin.delete(BYO_MACHINES, { namespace, name: 'm' });
  await admin.delete(MACHINES, { namespace, name: 'm' });
}

/** The server itself stands in as the workload cluster, where a control plane of another machine stays. */
async function createNode({ namespace, node, host }: Scene): Promise<void> {
  const spec = { providerID: providerIdOf(host.spec.hostID, GENERATION) };
  await admin.create(NODES, { metadata: { name: node }, spec });
  const labels = { 'cluster.x-k8s.io/cluster-name': 'c', 'cluster.x-k8s.io/control-plane': '' };
  await admin.create(MACHINES, { metadata: { namespace, name: 'cp', labels }, spec: { clusterName: 'c' } }, namespace);
}

async function createInputs(namespace: string): Promise<void> {
  const versions = [{ version: 'v1.36.3', digest: `sha256:${'a'.repeat(64)}` }];
  const installer = { bundleRepo: 'file:///bundles', bundleType: 'k8s', versions };
  const template = { metadata: { namespace, name: 'installer' }, spec: { template: { spec: installer } } };
  await admin.create(INSTALLER_TEMPLATES, { apiVersion: API_VERSION, ...template }, namespace);
  await createSecret(namespace, 'm-data', '#cloud-config');
  await createSecret(namespace, 'c-kubeconfig', await readFile(process.env.BYO_TEST_KUBECONFIG ?? '', 'utf8'));
}

async function createSecret(namespace: string, name: string, text: string): Promise<void> {
  const labels = { 'cluster.x-k8s.io/cluster-name': 'c' };
  const data = { value: Buffer.from(text).toString('base64') };
  await admin.create(
    SECRETS,
    { metadata: { namespace, name, labels }, type: 'cluster.x-k8s.io/secret', data },
    namespace,
  );
}
