// T1: a host polls the queue of another.
import { status } from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostQueueOf } from '../../api/names.ts';
import { waitForAudit } from './audit.ts';
import { enrollPair, forgetHosts } from './enrollments.ts';
import { openGrpc, patiently, wire } from './grpc.ts';
import type { LightHost } from './light-host.ts';
import { completeTask, giveTask, pollCall, takeTask, useTemporal, waitForEnd } from './tasks.ts';
import { openWorld, type World } from './world.ts';

const { TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

let world: World;
let a: LightHost;
let b: LightHost;

beforeAll(async () => {
  world = await openWorld();
  [a, b] = await enrollPair(world, 't01');
});

afterAll(() => forgetHosts(world, [a, b]));

/** Ways to name the queue of `b`, or something that Temporal might take for it. */
function disguises(): ReturnType<typeof pollCall>[] {
  const queue = hostQueueOf(b.identity.hostID);
  const honest = pollCall(hostQueueOf(a.identity.hostID));
  return [
    pollCall(queue),
    // A partition of that queue, by its internal name.
    pollCall(`/_sys/${queue}/1`),
    pollCall(queue.toUpperCase()),
    pollCall(`${queue} `),
    pollCall(''),
    // Twice the same field: parsers take the last one, scanners the first.
    { ...honest, body: Buffer.concat([honest.body, pollCall(queue).body]) },
    pollCall(queue, { namespace: 'lab-probe' }),
  ];
}

test('T1: the queue of another is refused and put on record, and its host still gets the task', async () => {
  await using temporal = await useTemporal(world);
  const task = await giveTask(temporal.client, b.identity.hostID);
  using evil = await openGrpc(a);
  for (const call of disguises()) {
    const answer = await patiently(evil, call);
    expect(answer).toMatchObject({ code: status.PERMISSION_DENIED, body: Buffer.alloc(0) });
  }
  const target = hostQueueOf(b.identity.hostID);
  await waitForAudit(world, a.identity.hostID, { act: 'PollActivityTaskQueue', outcome: 'denied', target });
  using honest = await openGrpc(b);
  const taken = await takeTask(honest, b.identity.hostID);
  expect(taken.workflowExecution?.workflowId).toBe(task.workflowId);
  expect((await completeTask(honest, taken.taskToken, 'by b')).code).toBe(status.OK);
  expect(await waitForEnd(task)).toEqual({ how: 'completed', text: 'by b' });
});

test('T1: whatever a host calls itself, Temporal hears the identity of its certificate', async () => {
  await using temporal = await useTemporal(world);
  const queue = hostQueueOf(b.identity.hostID);
  const task = await giveTask(temporal.client, b.identity.hostID);
  using grpc = await openGrpc(b);
  const answer = await patiently(grpc, pollCall(queue, { identity: 'byo-controller' }));
  await completeTask(grpc, wire.PollActivityTaskQueueResponse.decode(answer.body).taskToken, 'done');
  await waitForEnd(task);
  const { pollers } = await temporal.client.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: queue },
    taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
  });
  expect(pollers.map(({ identity }) => identity)).toEqual([b.identity.hostID]);
});
