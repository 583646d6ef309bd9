// T29: whoever may write into Temporal starts what activities they like: the host obeys nothing that the controller has
// not signed, and stays as it is.
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKeyPair } from '../../common/keys/sealing.ts';
import { compareListings, KEPT, listMachine } from '../integration/host/machine-listing.ts';
import {
  encryptTo,
  joinOf,
  makeEnvelope,
  newClaim,
  openHand,
  readReport,
  refusalOf,
  sealRaw,
  send,
  stateOrder,
  type Claim,
  type Envelope,
  type Hand,
} from './host-orders.ts';
import { attack, openVictim } from './control-queue.ts';
import { openWorld } from './world.ts';

const CANARY = '/root/t29-canary';
/** As the controller answers what the objects do not bear out. */
const REFUSED = /^(OperationStopped|ClaimConflict)$/;
const wish = joinOf([], [`touch ${CANARY}`]);
let hand: Hand;
let claim: Claim;
let before: string[];
let generation: number;
let good: Envelope;
beforeAll(async () => {
  hand = await openHand(await openWorld(), 'host1');
  ({ generation } = await readReport(hand));
  claim = await newClaim(hand, 't29');
  before = await listMachine(hand.host);
  good = await makeEnvelope(hand, claim, wish);
});
afterAll(async () => {
  await hand.run(`rm -f ${CANARY}`);
  await hand.close();
});

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** The order in the clear, as a JWS with this header and signature. */
function jwsOf(header: object, signature: (input: string) => string): string {
  const { sealed: _, ...order } = stateOrder(hand, claim, wish);
  const input = `${encode(header)}.${encode(order)}`;
  return `${input}.${signature(input)}`;
}
const sealedAs = async (text: string) => ({ ...good, sealed: await encryptTo(hand.sealing, text) });

async function signedByAnother(kid?: string): Promise<Envelope> {
  const { privateJwk } = await createKeyPair('signing');
  const { sealed: _, ...order } = stateOrder(hand, claim, wish);
  const signing = { ...privateJwk, ...(kid === undefined ? {} : { kid }) };
  return { ...good, sealed: await sealRaw(order, { signing, recipient: hand.sealing }) };
}

const withOwnKeyInHeader = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = { alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) };
  const by = (input: string) => sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return jwsOf(header, (input) => by(input).toString('base64url'));
};

test.each(['shell', 'exec', 'uninstall', 'constructor', '__proto__', 'toString', 'Join', 'join '])(
  'T29: there is no verb %j',
  async (verb) => {
    const refusal = await refusalOf((await send(hand, verb, good)).result);
    expect(refusal).toMatchObject({ type: 'NotFoundError', message: expect.stringContaining(verb) });
  },
);

const crafted: [string, () => Promise<unknown>, string][] = [
  ['nothing', async () => null, 'InvalidOrder'],
  ['a command line', async () => ({ command: `touch ${CANARY}` }), 'InvalidOrder'],
  ['an order in the clear', async () => ({ ...stateOrder(hand, claim, wish) }), 'InvalidOrder'],
  ['noise', async () => ({ ...good, sealed: 'A'.repeat(4096) }), 'Reseal'],
  [
    'one letter changed',
    async () => ({ ...good, sealed: good.sealed.replace(/.(?=.{40}$)/, (c) => (c === 'A' ? 'B' : 'A')) }),
    'Reseal',
  ],
  ['no signature', async () => sealedAs(JSON.stringify(stateOrder(hand, claim, wish))), 'InvalidOrder'],
  ['the signature algorithm none', async () => sealedAs(jwsOf({ alg: 'none' }, () => '')), 'InvalidOrder'],
  ['a MAC by what is public', async () => sealedAs(jwsOf({ alg: 'HS256' }, () => 'AAAA')), 'InvalidOrder'],
  ['a key of its own in its header', async () => sealedAs(withOwnKeyInHeader()), 'InvalidOrder'],
  ['the signature of another key', () => signedByAnother(), 'InvalidOrder'],
  ['the signature of another key under the right name', () => signedByAnother(hand.signing.kid), 'InvalidOrder'],
  ['a seal that is over', () => makeEnvelope(hand, claim, wish, { issuedAt: 1, expiresAt: 2 }), 'Reseal'],
  ['another generation beside the seal', async () => ({ ...good, generation: claim.generation + 1 }), 'InvalidOrder'],
  ['another operation beside the seal', async () => ({ ...good, operation: 'join#7' }), 'InvalidOrder'],
];

test.each(crafted)('T29: %s is refused', async (_what, make, type) => {
  expect(await refusalOf((await send(hand, 'join', await make())).result)).toMatchObject({ type });
});

test('T29: a join is no reset, whatever it is called', async () => {
  expect(await refusalOf((await send(hand, 'reset', good)).result)).toMatchObject({ type: 'InvalidOrder' });
  const called = { ...good, verb: 'reset', operation: 'reset' };
  expect(await refusalOf((await send(hand, 'reset', called)).result)).toMatchObject({ type: 'InvalidOrder' });
});

test('T29: the host is as it was, says why in its log, and still obeys the controller', async () => {
  expect(compareListings(before, await listMachine(hand.host), KEPT)).toEqual([]);
  expect(await hand.run(`ls ${CANARY} 2>/dev/null; true`)).toBe('');
  expect(await readReport(hand)).toMatchObject({ generation });
  const said = "journalctl -u byo-agent --no-pager | grep -c 'not signed by a controller this host trusts'";
  expect(Number(await hand.run(said))).toBeGreaterThanOrEqual(6);
});

test('T29: nor does the controller sign for it: a machine that is Ready stays so, and its host gets no order', async () => {
  const victim = await openVictim(hand.world, 't29');
  const given = victim.host.orders.map(({ operation }) => operation);
  const asItWas = await victim.read();
  const refusals = await attack(hand.client, victim);
  expect(refusals.map(({ type }) => type)).toEqual(refusals.map(() => expect.stringMatching(REFUSED)));
  expect(await victim.read()).toEqual(asItWas);
  expect(victim.host.orders.map(({ operation }) => operation)).toEqual(given);
  await victim.host.stop();
});
