// A fleet for the bench of looks: a namespace with so many hosts, all of them held, a machine that holds one of them, and a
// machine that waits.
import { randomUUID } from 'node:crypto';
import { FIELD_MANAGERS, type MachineKey } from '../../api/names.ts';
import { labelsFor } from '../../common/claim/claim-label.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES, CLUSTERS, MACHINES, NAMESPACES } from '../../common/kube/resources.ts';
import { severalAtOnce } from '../../common/several-at-once.ts';
import { condition, reportedHost } from '../../test/support/builders.ts';

export type Fleet = { hosts: number; holds: MachineKey; waits: MachineKey };

const CLUSTER = 'c';
const AT_ONCE = 16;

export async function makeFleet(kube: Kube, hosts: number): Promise<Fleet> {
  const namespace = `fleet-${hosts}`;
  await kube.create(NAMESPACES, { metadata: { name: namespace } });
  await kube.create(CLUSTERS, { metadata: { namespace, name: CLUSTER }, spec: {} }, namespace);
  const status = { initialization: { infrastructureProvisioned: true } };
  const change = { manager: 'bench', subresource: 'status' as const, body: { status } };
  await kube.apply(CLUSTERS, { namespace, name: CLUSTER }, change);
  const [holds, waits] = [await makeMachine(kube, namespace, 'holds'), await makeMachine(kube, namespace, 'waits')];
  const claims = Array.from({ length: hosts }, (_, nth) => (nth === 0 ? holds : { ...holds, ...strange(nth) }));
  await severalAtOnce(claims, AT_ONCE, (claim) => makeHost(kube, claim));
  return { hosts, holds, waits };
}

const strange = (nth: number) => ({ name: `m${nth}`, incarnation: randomUUID() });

async function makeMachine(kube: Kube, namespace: string, name: string): Promise<MachineKey> {
  const infrastructureRef = { kind: 'ByoMachine', name };
  const spec = { clusterName: CLUSTER, version: 'v1.36.3', bootstrap: {}, infrastructureRef };
  const owner = await kube.create(MACHINES, { metadata: { namespace, name }, spec }, namespace);
  const { uid } = owner.metadata;
  const ownerReferences = [{ apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Machine', name, uid, controller: true }];
  const machine = { metadata: { namespace, name, ownerReferences }, spec: { installerRef: { name: 'installer' } } };
  const { metadata } = await kube.create(BYO_MACHINES, machine, namespace);
  return { management: 'bench', namespace, name, incarnation: metadata.uid };
}

/** A host that was enrolled, has reported, and works for its claim. */
async function makeHost(kube: Kube, { namespace, name, incarnation }: MachineKey): Promise<void> {
  const key = { namespace, name: `host-of-${name}` };
  const claim = { namespace, name, incarnation, generation: 1 };
  const keys = [{ id: 'k', use: 'sealing', jwk: JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }) }];
  const spec = { hostID: randomUUID(), keys, claim, lastGeneration: 1 };
  await kube.create(BYO_HOSTS, { metadata: { ...key, labels: labelsFor(claim) }, spec }, namespace);
  const openClaim = { incarnation, generation: 1 };
  const operation = { operation: 'join', generation: 1, state: 'Succeeded' };
  const reported = reportedHost({ hostname: key.name, generation: 1, openClaim, operation });
  const conditions = ['Connected', 'Fit', 'Quarantined', 'Available', 'ClockInSync'].map((type) =>
    condition(type, 'True', 'AsItIs', 'as the host reconciler says it of a host that is held'),
  );
  const change = { manager: FIELD_MANAGERS.agent, subresource: 'status' as const };
  await kube.apply(BYO_HOSTS, key, { ...change, body: { status: { reported, conditions } } });
}
