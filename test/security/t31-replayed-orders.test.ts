// T31: an order that was carried out once is never carried out again: not after the reset, not for a later claim, not tomorrow.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  joinOf,
  makeEnvelope,
  newClaim,
  openHand,
  refusalOf,
  resetHost,
  send,
  type Claim,
  type Envelope,
  type Hand,
} from './host-orders.ts';
import { openWorld } from './world.ts';

const RUNS = '/root/t31-runs';
const wish = joinOf([], [`echo ran >> ${RUNS}`]);
let hand: Hand;
let first: Claim;
let executed: Envelope;
beforeAll(async () => {
  hand = await openHand(await openWorld(), 'host1');
  first = await newClaim(hand, 't31-first');
  executed = await makeEnvelope(hand, first, wish);
});
afterAll(async () => {
  await hand.run(`rm -f ${RUNS}`);
  await hand.close();
});

const runs = () => hand.run(`cat ${RUNS} 2>/dev/null | wc -l`);
const replay = async () => (await send(hand, 'join', executed)).result;

test('T31: the same order again is answered by the journal, and runs once', async () => {
  expect(await replay()).toEqual(await replay());
  expect(await runs()).toBe('1');
});

test('T31: after the reset its claim is closed for ever', async () => {
  await resetHost(hand, first);
  const refusal = await refusalOf(replay());
  expect(refusal).toMatchObject({ type: 'ClaimConflict', message: expect.stringContaining('closed by a reset') });
  expect(await runs()).toBe('1');
});

test('T31: while a higher generation holds the host, the old order is none of its', async () => {
  const second = await newClaim(hand, 't31-second');
  await (
    await send(hand, 'join', await makeEnvelope(hand, second, joinOf([])))
  ).result;
  expect(await refusalOf(replay())).toMatchObject({ type: 'ClaimConflict' });
  // Nor does it become one by a new envelope around what is sealed.
  const bent = { ...executed, ...second };
  expect(await refusalOf((await send(hand, 'join', bent)).result)).toMatchObject({ type: 'InvalidOrder' });
  await resetHost(hand, second);
  expect(await runs()).toBe('1');
});

test('T31: an order that was kept back for a day has expired, also for a host that is free for it', async () => {
  const third = await newClaim(hand, 't31-third');
  const yesterday = Math.floor(Date.now() / 1000) - 24 * 3600;
  const bend = { issuedAt: yesterday, expiresAt: yesterday + 3600 };
  const late = await makeEnvelope(hand, third, wish, bend);
  expect(await refusalOf((await send(hand, 'join', late)).result)).toMatchObject({
    type: 'Reseal',
    message: expect.stringContaining('expired'),
  });
  expect(await runs()).toBe('1');
  expect(await newClaim(hand, 't31-third')).toEqual(third);
});
