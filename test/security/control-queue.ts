// The control queue, as whoever may write into Temporal reaches it: activities beside the controller, asked for by hand.
import type { Client } from '@temporalio/client';
import type { ClusterActivities, MachineClaim, SealInput } from '../../api/activities.ts';
import { controlQueueOf, type MachineKey } from '../../api/names.ts';
import { incarnationOf } from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { readManagementUid } from '../../common/kube/management.ts';
import { BYO_HOSTS, BYO_MACHINES, MACHINES } from '../../common/kube/resources.ts';
import { kubeOf } from '../../harness/machines.ts';
import { resultOf } from '../support/result-of.ts';
import { hireLiar, type AtWork } from './light-work.ts';
import { refusalOf } from './host-orders.ts';
import { create, createMachine, createTenant, secretOf, waitForReason } from './tenants.ts';
import type { World } from './world.ts';

/** A machine that is Ready and that nobody deletes, and the host at work for it. */
export type Victim = { machine: MachineKey; claim: MachineClaim; host: AtWork; read(): Promise<unknown> };

/** Answers, or rejects as the activity failed; it is tried once. */
async function ask<A extends keyof ClusterActivities>(
  client: Client,
  activity: A,
  input: Parameters<ClusterActivities[A]>[0],
): Promise<unknown> {
  const handle = await client.activity.start<unknown>(activity, {
    id: `security-${crypto.randomUUID()}`,
    taskQueue: controlQueueOf(input.machine.management),
    args: [input],
    startToCloseTimeout: '1 minute',
    retry: { maximumAttempts: 1 },
  });
  return resultOf(handle);
}

/** In a namespace of its own, with a host that says of every order that it was carried out. */
export async function openVictim(world: World, name: string): Promise<Victim> {
  const labels = { 'byo.example.com/threat': name };
  const hostName = `${name}-host`;
  const namespace = await createTenant(world, name);
  await create(world, [secretOf({ namespace, name: 'data' }, '#cloud-config\n')]);
  const host = await hireLiar(world, { namespace, name: hostName, labels });
  await createMachine(world, { namespace, name: 'm' }, { selects: labels, secret: 'data' });
  await waitForReason(world, { namespace, name: 'm' }, 'BootstrapSucceeded', 'BootstrapSucceeded');
  const kube = kubeOf(world.instance);
  const { spec } = await kube.get(BYO_HOSTS, { namespace, name: hostName });
  const object = await kube.get(BYO_MACHINES, { namespace, name: 'm' });
  const management = await readManagementUid(kube);
  const machine = { management, namespace, name: 'm', incarnation: incarnationOf(object) };
  const claim = { hostName, hostID: spec.hostID, generation: spec.claim?.generation ?? 0 };
  return { machine, claim, host, read: () => readState(kube, { namespace, hostName }) };
}

/** All that could be taken from it, but times. */
async function readState(kube: Kube, { namespace, hostName }: { namespace: string; hostName: string }) {
  const host = await kube.get(BYO_HOSTS, { namespace, name: hostName });
  const { spec, status, metadata } = await kube.get(BYO_MACHINES, { namespace, name: 'm' });
  const owner = await kube.get(MACHINES, { namespace, name: 'm' });
  const said = status?.conditions?.map((one) => [one.type, one.status]);
  const finalizers = [host.metadata.finalizers, metadata.finalizers];
  return { host: host.spec, spec, said, finalizers, deleting: owner.metadata.deletionTimestamp };
}

const ORDERS: Omit<SealInput, 'machine' | 'claim'>[] = [
  { verb: 'reset' },
  { verb: 'reset', attempt: 99 },
  { verb: 'reset', keepClaim: true },
  { verb: 'reset', owed: true },
  { verb: 'drain' },
  { verb: 'install', attempt: 99 },
  { verb: 'join', attempt: 99 },
];

/** Asks for everything that would take the machine away; answers why each was refused. */
export async function attack(client: Client, { machine, claim }: Victim): Promise<{ type: string; message: string }[]> {
  const said = { reason: 'BootstrapFailed', message: 'said by hand' };
  const lies = [{ type: 'BootstrapSucceeded', status: 'False' as const, ...said }];
  // First it has the conditions say that the bootstrap failed, so that the orders might seem to be due.
  await ask(client, 'reportConditions', { machine, conditions: lies });
  const refusals: { type: string; message: string }[] = [];
  const refused = async (work: Promise<unknown>) => void refusals.push(await refusalOf(work));
  for (const order of ORDERS) await refused(ask(client, 'sealOrder', { machine, claim, ...order }));
  await refused(ask(client, 'deleteNode', { machine, claim }));
  await refused(ask(client, 'releaseHost', { machine, claim }));
  return refusals;
}
