// T3: a host answers for another, by a token that is stolen, bent or made up, by names, or through any other call.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitForAudit } from './audit.ts';
import { enrollPair, forgetHosts } from './enrollments.ts';
import { answersBy, completionBy, foreignCalls } from './foreign-calls.ts';
import { openGrpc, patiently, type Grpc, type GrpcCall } from './grpc.ts';
import type { LightHost } from './light-host.ts';
import { completeTask, giveTask, takeTask, useTemporal, waitForEnd, type Given, type Task } from './tasks.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let a: LightHost;
let b: LightHost;

beforeAll(async () => {
  world = await openWorld();
  [a, b] = await enrollPair(world, 't03');
});

afterAll(() => forgetHosts(world, [a, b]));

/** What a host does to another's task, with both tasks in hand; answers the status of each call. */
type Attack = (evil: Grpc, loot: { task: Given; stolen: Task; own: Task }) => Promise<unknown[]>;

/** A task of each host, taken; then the attack of `a`; then both tasks must end as their own hosts say. */
async function underAttack(attack: Attack): Promise<unknown[]> {
  await using temporal = await useTemporal(world);
  const taskA = await giveTask(temporal.client, a.identity.hostID);
  const taskB = await giveTask(temporal.client, b.identity.hostID);
  using evil = await openGrpc(a);
  using honest = await openGrpc(b);
  const own = await takeTask(evil, a.identity.hostID);
  const stolen = await takeTask(honest, b.identity.hostID);
  const codes = await attack(evil, { task: taskB, stolen, own });
  expect(await taskB.ended()).toBeUndefined();
  expect((await completeTask(honest, stolen.taskToken, 'by b')).code).toBe(status.OK);
  expect(await waitForEnd(taskB)).toEqual({ how: 'completed', text: 'by b' });
  expect((await completeTask(evil, own.taskToken, 'by a')).code).toBe(status.OK);
  expect(await waitForEnd(taskA)).toEqual({ how: 'completed', text: 'by a' });
  return codes;
}

/** Each call in turn; its path only where the answer is not the `wanted` one or says more than a status. */
async function callAll(evil: Grpc, calls: GrpcCall[], wanted: number): Promise<unknown[]> {
  const odd: unknown[] = [];
  for (const call of calls) {
    const { code, body } = await patiently(evil, call);
    if (code !== wanted || body.length > 0) odd.push([call.path, code, body.toString('hex')]);
  }
  return odd;
}

/** The token with one bit of one byte turned. */
function bend(token: Uint8Array, at: number): Buffer {
  const bent = Buffer.from(token);
  bent.writeUInt8(bent.readUInt8(at) ^ 1, at);
  return bent;
}

test('T3: the token of another host is worth nothing', async () => {
  const odd = await underAttack((evil, { stolen }) =>
    callAll(evil, answersBy(stolen.taskToken), status.INVALID_ARGUMENT),
  );
  expect(odd).toEqual([]);
  const line = { act: 'RespondActivityTaskCompleted', outcome: 'denied', why: 'TokenNotOfThisHost' } as const;
  await waitForAudit(world, a.identity.hostID, line);
});

test('T3: a token with a bit turned, or cut, is worth nothing', async () => {
  const odd = await underAttack((evil, { own: { taskToken } }) => {
    const { length } = taskToken;
    // Version, id of the key, nonce, text and tag.
    const bent = [0, 4, 12, 21, Math.floor(length / 2), length - 1].map((at) => bend(taskToken, at));
    const none = [Buffer.alloc(0), Buffer.from(taskToken).subarray(0, -1), Buffer.alloc(4096, 1)];
    return callAll(evil, [...bent, ...none].map(completionBy), status.INVALID_ARGUMENT);
  });
  expect(odd).toEqual([]);
});

const text = (field: number, value: string) =>
  Buffer.concat([Buffer.of(field * 8 + 2, value.length), Buffer.from(value)]);
const number = (field: number, value: number) => Buffer.of(field * 8, value);

/** Temporal's own token (common/tasktoken): namespace id, workflow, run, scheduled event, attempt, activity id. */
async function forgeToken({ workflowId, activityId }: Given): Promise<Buffer> {
  await using temporal = await useTemporal(world);
  const { namespaceInfo } = await temporal.client.workflowService.describeNamespace({ namespace: 'default' });
  const names = [text(1, namespaceInfo?.id ?? ''), text(2, workflowId)];
  return Buffer.concat([...names, number(4, 5), number(5, 1), text(6, activityId)]);
}

test('T3: Temporal’s own token, made up, does not pass', async () => {
  const odd = await underAttack(async (evil, { task }) =>
    callAll(evil, answersBy(await forgeToken(task)), status.INVALID_ARGUMENT),
  );
  expect(odd).toEqual([]);
});

test('T3: by id, start, signal, terminate, read, list, poll workflows: only the work of a worker is allowed', async () => {
  const odd = await underAttack((evil, { task }) => callAll(evil, foreignCalls(task), status.PERMISSION_DENIED));
  expect(odd).toEqual([]);
});
