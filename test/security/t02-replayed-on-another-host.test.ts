// T2: an order for one host on the queue of another: a hostile host, or whoever may write into Temporal, gets nothing of it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  openHand,
  joinOf,
  makeEnvelope,
  newClaim,
  readReport,
  refusalOf,
  sealRaw,
  send,
  stateOrder,
  type Hand,
} from './host-orders.ts';
import { openWorld } from './world.ts';

const CANARY = '/root/t02-canary';
const SECRET = 't02-secret-of-host2';
const wish = joinOf([{ path: '/root/t02-file', content: SECRET }], [`touch ${CANARY}`]);

let a: Hand;
let b: Hand;
beforeAll(async () => {
  const world = await openWorld();
  [a, b] = [await openHand(world, 'host1'), await openHand(world, 'host2')];
});
afterAll(async () => {
  await a.run(`rm -f ${CANARY}`);
  await Promise.all([a.close(), b.close()]);
});

const untouched = async (generation: number) => {
  expect(await a.run(`ls ${CANARY} /root/t02-file 2>/dev/null; true`)).toBe('');
  expect(await readReport(a)).toMatchObject({ generation });
  expect((await readReport(a)).openClaim).toBeUndefined();
};

test('T2: the sealed order of host2 is nothing to host1: not opened, not done, not quoted', async () => {
  const { generation } = await readReport(a);
  const envelope = await makeEnvelope(b, await newClaim(b, 't02'), wish);
  const refusal = await refusalOf((await send(a, 'join', envelope)).result);
  expect(refusal).toMatchObject({ type: 'Reseal', message: expect.stringContaining('not sealed to this host') });
  expect(refusal.message).not.toContain(SECRET);
  await untouched(generation);
});

test('T2: nor is it when somebody seals it to host1: it names its host inside of the signature', async () => {
  const { generation } = await readReport(a);
  const { sealed: _, ...order } = stateOrder(b, await newClaim(b, 't02'), wish);
  const sealed = await sealRaw(order, { signing: b.signing, recipient: a.sealing });
  const { verb, operation, incarnation, generation: second } = order;
  const envelope = { verb, operation, incarnation, generation: second, sealed };
  const refusal = await refusalOf((await send(a, 'join', envelope)).result);
  expect(refusal).toMatchObject({ type: 'InvalidOrder', message: expect.stringContaining('another host') });
  await untouched(generation);
});
