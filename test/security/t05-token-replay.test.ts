// T5: an enrollment token is used again, or by many at once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import {
  enrollPatiently,
  forgetHosts,
  NAMESPACE,
  openEnrollment,
  sendAs,
  sendPatiently,
  unique,
} from './enrollments.ts';
import {
  becomeHost,
  call,
  dial,
  enrollBody,
  makeKeys,
  openStranger,
  type Answer,
  type LightHost,
} from './light-host.ts';
import { openWorld, type World } from './world.ts';

let world: World;
const hosts: LightHost[] = [];
const RACERS = 50;

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => forgetHosts(world, hosts));

const Hosts = z.object({
  items: z.array(z.object({ spec: z.object({ hostID: z.string(), enrollment: z.string().optional() }) })),
});

/** Ids of the ByoHosts that this enrollment has made. */
async function madeBy(enrollment: string): Promise<string[]> {
  const { items } = Hosts.parse(await world.kubectl.get(['byohosts', '-n', NAMESPACE]));
  return items.filter(({ spec }) => spec.enrollment === enrollment).map(({ spec }) => spec.hostID);
}

/** Makes a token end now. */
async function expire(enrollment: string): Promise<void> {
  const patch = JSON.stringify({ spec: { expiresAt: new Date(Date.now() - 1000).toISOString() } });
  await world.kubectl.run(['-n', NAMESPACE, 'patch', 'byohostenrollment', enrollment, '--type=merge', '-p', patch]);
}

async function makeRacer(token: string) {
  const [keys, stranger] = [await makeKeys(), await openStranger(world)];
  return { keys, stranger, body: await enrollBody(token, keys), on: await dial(stranger, 'http/1.1') };
}

function race({ stranger, body, on }: Awaited<ReturnType<typeof makeRacer>>): Promise<Answer> {
  return call(stranger, { method: 'POST', path: GATEWAY_PATHS.enroll, body, on });
}

test(`T5: of ${RACERS} hosts with one token at once, one gets in; it gets the same identity again, others never`, async () => {
  const enrollment = unique('t05-race');
  const { token } = await openEnrollment(world, enrollment);
  const racers = await Promise.all(Array.from({ length: RACERS }, () => makeRacer(token)));
  // Out of the start at once, on connections that stand; whoever came too many is patient.
  const first = await Promise.all(racers.map(async (racer) => ({ racer, answer: await race(racer) })));
  const answers = await Promise.all(
    first.map(async ({ racer, answer }) => ({
      racer,
      answer: [429, 503].includes(answer.status) ? await sendAs(racer.stranger, racer.body) : answer,
    })),
  );
  const admitted = answers.filter(({ answer }) => answer.status === 200);
  expect(admitted).toHaveLength(1);
  expect(answers.filter(({ answer }) => answer.status === 403)).toHaveLength(RACERS - 1);
  for (const { racer, answer } of admitted) {
    const said = { request: racer.body.request, answer: answer.body };
    const winner = await becomeHost(racer.stranger, racer.keys, said);
    hosts.push(winner);
    expect(await madeBy(enrollment)).toEqual([winner.identity.hostID]);
    const again = await enrollPatiently(world, token, racer.keys);
    expect(again.identity.hostID).toBe(winner.identity.hostID);
    await expire(enrollment);
    expect((await enrollPatiently(world, token, racer.keys)).identity.hostID).toBe(winner.identity.hostID);
  }
  expect(await madeBy(enrollment)).toHaveLength(1);
});

test('T5: after its end a token that was never used lets nobody in', async () => {
  const enrollment = unique('t05-late');
  const { token } = await openEnrollment(world, enrollment, { hosts: 2 });
  hosts.push(await enrollPatiently(world, token, await makeKeys(), unique('t05')));
  await expire(enrollment);
  const { status, body } = await sendPatiently(world, await enrollBody(token, await makeKeys()));
  expect([status, JSON.parse(body)]).toMatchObject([403, { reason: 'EnrolmentRefused' }]);
  expect(await madeBy(enrollment)).toHaveLength(1);
});

test('T5: a proof for one enrollment is none for another, and one of its keys alone is none', async () => {
  const [one, other] = [unique('t05-one'), unique('t05-other')];
  const { token } = await openEnrollment(world, one, { hosts: 5 });
  await openEnrollment(world, other, { hosts: 5 });
  const keys = await makeKeys();
  const elsewhere = await enrollBody(token.replace(`/${one}:`, `/${other}:`), keys);
  expect((await sendPatiently(world, elsewhere)).status).toBe(403);
  hosts.push(await enrollPatiently(world, token, keys, unique('t05')));
  const { sealing } = await makeKeys();
  expect((await sendPatiently(world, await enrollBody(token, { ...keys, sealing }))).status).toBe(403);
  expect(await madeBy(one)).toHaveLength(1);
  expect(await madeBy(other)).toEqual([]);
});
