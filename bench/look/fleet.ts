// A fleet for the bench of looks: a namespace with so many hosts, all of them held, a machine that holds one of them, and a
// machine that waits.
import { randomUUID } from 'node:crypto';
import { FIELD_MANAGERS, type MachineKey } from '../../api/names.ts';
import { labelsFor } from '../../common/claim/claim-label.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, NAMESPACES } from '../../common/kube/resources.ts';
import { severalAtOnce } from '../../common/several-at-once.ts';
import { condition, reportedHost } from '../../test/support/builders.ts';
import { makeOwnedMachine, makeProvisionedCluster } from '../core-objects.ts';

export type Fleet = { hosts: number; holds: MachineKey; waits: MachineKey };

const AT_ONCE = 16;

export async function makeFleet(kube: Kube, hosts: number): Promise<Fleet> {
  const namespace = `fleet-${hosts}`;
  await kube.create(NAMESPACES, { metadata: { name: namespace } });
  await makeProvisionedCluster(kube, namespace);
  const [holds, waits] = [await makeMachine(kube, namespace, 'holds'), await makeMachine(kube, namespace, 'waits')];
  const claims = Array.from({ length: hosts }, (_, nth) => (nth === 0 ? holds : { ...holds, ...strange(nth) }));
  await severalAtOnce(claims, AT_ONCE, (claim) => makeHost(kube, claim));
  return { hosts, holds, waits };
}

const strange = (nth: number) => ({ name: `m${nth}`, incarnation: randomUUID() });

async function makeMachine(kube: Kube, namespace: string, name: string): Promise<MachineKey> {
  const { metadata } = await makeOwnedMachine(kube, { namespace, name });
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
