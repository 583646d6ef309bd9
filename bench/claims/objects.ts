// The objects of the bench of claims, made by hand as Cluster API, a user and agents would make them.
import { randomUUID } from 'node:crypto';
import type { Claim } from '../../api/byo-host.ts';
import { ANNOTATIONS, FIELD_MANAGERS, leaseNameOf } from '../../api/names.ts';
import { labelsFor } from '../../common/claim/claim-label.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES, LEASES, NAMESPACES } from '../../common/kube/resources.ts';
import { createKeyPair } from '../../common/keys/sealing.ts';
import { reportedHost } from '../../test/support/builders.ts';
import { makeOwnedMachine, makeProvisionedCluster, MANAGER } from '../core-objects.ts';

export const NAMESPACE = 'claims';

/** `admin`: what users, agents and Cluster API write; `controller`: what only our controller may. */
export type Writers = { admin: Kube; controller: Kube };

/** A namespace with a Cluster whose infrastructure is provisioned. */
export async function makeCluster({ admin }: Writers): Promise<void> {
  await admin.create(NAMESPACES, { metadata: { name: NAMESPACE } });
  await makeProvisionedCluster(admin, NAMESPACE);
}

/** A host that has enrolled and reported, and that somebody holds already. */
export async function makeHost(writers: Writers, name: string): Promise<void> {
  const { admin, controller } = writers;
  const { id, publicJwk } = await createKeyPair('sealing');
  const jwk = JSON.stringify(publicJwk);
  const spec = { hostID: randomUUID(), keys: [{ id, use: 'sealing', jwk }] };
  const metadata = { namespace: NAMESPACE, name };
  await admin.create(BYO_HOSTS, { metadata, spec }, NAMESPACE);
  const body = { status: { reported: reportedHost({ hostname: name, machineID: name, sealingKey: jwk }) } };
  await admin.apply(BYO_HOSTS, metadata, { manager: FIELD_MANAGERS.agent, subresource: 'status', body });
  await admin.create(LEASES, { metadata: { namespace: NAMESPACE, name: leaseNameOf(name) }, spec: {} }, NAMESPACE);
  // A claim whose machine is not there, and that the host never heard of, would be freed by itself.
  const claim: Claim = { namespace: NAMESPACE, name: `holder-${name}`, incarnation: `holder-${name}`, generation: 1 };
  const annotations = { [ANNOTATIONS.incarnation]: claim.incarnation };
  await admin.create(BYO_MACHINES, { metadata: { ...metadata, name: claim.name, annotations }, spec: {} }, NAMESPACE);
  const change = { metadata: { labels: labelsFor(claim) }, spec: { claim, lastGeneration: 1 } };
  await controller.patch(BYO_HOSTS, metadata, { manager: FIELD_MANAGERS.workflow, body: change });
}

/** As an agent does once a minute. */
export async function renewLease({ admin }: Writers, name: string): Promise<void> {
  const spec = { renewTime: new Date().toISOString().replace('Z', '000Z') };
  const key = { namespace: NAMESPACE, name: leaseNameOf(name) };
  await admin.apply(LEASES, key, { manager: FIELD_MANAGERS.agent, body: { spec } });
}

/** The write that frees a host, as the host reconciler does it. */
export async function freeHost({ controller }: Writers, name: string): Promise<void> {
  const change = {
    manager: FIELD_MANAGERS.hostReconciler,
    body: { metadata: { labels: labelsFor(null) }, spec: { claim: null } },
  };
  await controller.patch(BYO_HOSTS, { namespace: NAMESPACE, name }, change);
}

/** A Machine and its ByoMachine, as Cluster API makes them. */
export async function makeMachine({ admin }: Writers, name: string): Promise<void> {
  await makeOwnedMachine(admin, { namespace: NAMESPACE, name });
}

/** Out of the line, and known as before: the claim of a machine that is gone would be freed by itself. */
export async function retireMachine({ admin }: Writers, name: string): Promise<void> {
  const paused = { metadata: { annotations: { [ANNOTATIONS.paused]: '' } } };
  await admin.patch(BYO_MACHINES, { namespace: NAMESPACE, name }, { manager: MANAGER, body: paused });
}
