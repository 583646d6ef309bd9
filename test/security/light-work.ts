// A light host at work: it reports that it is fit, lives, and answers orders as a test wants, through the real gateway.
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import type { HostActivities, OperationResult } from '../../api/activities.ts';
import { Invitation, runByo } from '../../harness/hosts.ts';
import { createHostWorker } from '../../workers/host.ts';
import { reportedHost } from '../support/builders.ts';
import { call, connectNative, enrollWith, makeKeys, type LightHost } from './light-host.ts';
import type { World } from './world.ts';

// Every change of state of a worker is a line otherwise.
Runtime.install({ logger: new DefaultLogger('WARN') });

/** What a host is called, where, and by which labels it is selected. */
export type HostWish = { namespace: string; name: string; labels?: Record<string, string> };

/** A token for one host, made by the command that a tenant would type. */
export async function inviteIn({ instance }: World, { namespace, name, labels = {} }: HostWish): Promise<Invitation> {
  const granted = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  const args = ['enroll', 'create', name, '-n', namespace, '--host-name', name, '-o', 'json', ...granted];
  return Invitation.parse(JSON.parse(await runByo(instance, args)));
}

/** It reports a protocol that knows no packed orders. */
type Given = Parameters<HostActivities['join']>[0];

export type AtWork = {
  host: LightHost;
  /** Every order that it was given, oldest first. */
  orders: Given[];
  stop(): Promise<void>;
};

/** Enrolls a light host and puts it to work; it says of every order that it has been carried out. */
export async function hireLiar(world: World, wish: HostWish): Promise<AtWork> {
  const host = await enrollWith(world, await inviteIn(world, wish), await makeKeys());
  const facts = { hostname: wish.name, sealingKey: JSON.stringify(host.keys.sealing.publicJwk) };
  await tell(host, GATEWAY_PATHS.report, reportedHost(facts));
  await tell(host, GATEWAY_PATHS.lease, {});
  const orders: Given[] = [];
  const lie = async (order: Given): Promise<OperationResult> => {
    orders.push(order);
    await tell(host, GATEWAY_PATHS.report, reportedHost({ ...facts, ...progressOf(order) }));
    return { operation: order.operation, generation: order.generation, message: 'done' };
  };
  const connection = await connectNative(host);
  const activities = { install: lie, join: lie, drain: lie, reset: lie };
  const worker = await createHostWorker({
    connection,
    namespace: 'default',
    hostID: host.identity.hostID,
    activities,
  });
  const running = worker.run();
  const stop = async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
  return { host, orders, stop };
}

/** As an agent reports of an order that it has carried out. */
function progressOf({ verb, operation, incarnation, generation }: Given): Record<string, unknown> {
  const isClosed = verb === 'reset' && !operation.startsWith('reset/keep-claim');
  const open = isClosed ? {} : { openClaim: { incarnation, generation } };
  return { generation, ...open, operation: { operation, generation, state: 'Succeeded' } };
}

async function tell(host: LightHost, path: string, body: unknown): Promise<void> {
  const { status, body: said } = await call(host, { method: 'PUT', path, body });
  if (status >= 300) throw new Error(`${path}: ${status} ${said}`);
}
