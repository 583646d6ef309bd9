// T30: a gateway that has been taken over can keep hosts waiting. It cannot enroll them to itself, make them trust another
// signer, or have them do anything that the controller did not sign.
import { CompactSign, decodeJwt, decodeProtectedHeader, importJWK } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IdentityAnswer } from '../../api/gateway.ts';
import { parseToken } from '../../common/enrollment/token.ts';
import { hashOf, signAnswer } from '../../common/enrollment/messages.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import { createAuthority, loadAuthority } from '../../common/pki/authority.ts';
import { issueHostCertificate } from '../../common/pki/issue.ts';
import { createKeyPair, type KeyPair } from '../../common/keys/sealing.ts';
import { invite, type Invitation } from '../../harness/hosts.ts';
import { kubeOf } from '../../harness/machines.ts';
import { waitFor } from '../../lab/wait.ts';
import { attack, openVictim } from './control-queue.ts';
import { openEvilGateway, type EvilGateway, type Swap } from './evil-gateway.ts';
import { joinOf, makeEnvelope, openHand, refusalOf, send, type Envelope, type Hand } from './host-orders.ts';
import { readIdentity, spendCertificate } from '../support/spent-certificate.ts';
import { enrollSecond, forgetSecond, isEnrolled, makeSecond, type Second } from './second-identity.ts';
import { openWorld, type World } from './world.ts';

/** Of this run alone: the journal of the host remembers those before. */
const UNIT = `byo-t30-${Date.now()}.service`;
const CANARY = '/root/t30-canary';
let world: World;
let hand: Hand;
let evil: EvilGateway;
let evilKey: KeyPair;
let invitation: Invitation;
let second: Second;
let honest: string;

beforeAll(async () => {
  world = await openWorld();
  hand = await openHand(world, 'host1');
  evil = await openEvilGateway(world);
  evilKey = await createKeyPair('signing');
  invitation = { ...(await invite(world.instance, 't30', {})), gateway: evil.address };
  second = await makeSecond(hand.host, 't30', invitation.token);
});
afterAll(async () => {
  await hand.host.exec(['systemctl', 'stop', UNIT]);
  await hand.run(`rm -f ${CANARY}`);
  await forgetSecond(second);
  await Promise.all([evil.close(), hand.close()]);
  await world.kubectl.run(['delete', 'byohostenrollment', parseToken(invitation.token).enrollment]);
  await world.kubectl.run(['delete', 'byohost', 't30', '--ignore-not-found']);
});

const payloadOf = (answer: string) => IdentityAnswer.parse(decodeJwt(answer));
const swapPayload = (answer: string, more: object) => {
  const [header, , signature] = answer.split('.');
  const payload = Buffer.from(JSON.stringify({ ...payloadOf(answer), ...more })).toString('base64url');
  return [header, payload, signature].join('.');
};
const withEvilSigner = () => ({ signers: [{ ...evilKey.publicJwk, kid: evilKey.id }] });

/** Signed as an answer is, by a key of the gateway's own. */
async function signedByItself(answer: string, more: object): Promise<string> {
  const key = await importJWK(evilKey.privateJwk, 'ES256');
  const text = new TextEncoder().encode(JSON.stringify({ ...payloadOf(answer), ...more }));
  return new CompactSign(text).setProtectedHeader({ alg: 'ES256', typ: 'byo-identity+jws' }).sign(key);
}

/** A whole CA of its own, and a certificate by it for the host's key. */
async function byAnotherAuthority(answer: string, request: string): Promise<string> {
  const authority = await loadAuthority(await createAuthority('byo', new Date()));
  const { hostID, management } = payloadOf(answer);
  const tlsKey = await parsePublicJwk(JSON.stringify(decodeProtectedHeader(request).jwk));
  const certificate = await issueHostCertificate(authority, {
    installation: management,
    hostID,
    tlsKey,
    now: new Date(),
  });
  const made = {
    ...payloadOf(answer),
    ...withEvilSigner(),
    certificate,
    authorities: [authority.pem],
    requestHash: hashOf(request),
  };
  return signAnswer(made, authority.signingKey);
}

const SWAPS: [string, Swap][] = [
  ['another signer, the signature as it was', (answer) => swapPayload(answer, withEvilSigner())],
  ['another signer, signed by itself', (answer) => signedByItself(answer, withEvilSigner())],
  ['another CA, signed by that one', byAnotherAuthority],
  [
    'another CA beside the real one',
    (answer) => swapPayload(answer, { authorities: [...payloadOf(answer).authorities, 'x'] }),
  ],
  [
    'no signature',
    (answer) =>
      `${Buffer.from('{"alg":"none","typ":"byo-identity+jws"}').toString('base64url')}.${answer.split('.')[1]}.AA`,
  ],
  ['the request itself for an answer', (_answer, request) => request],
];

test.each(SWAPS)('T30: an enrollment with %s is refused', async (_what, swap) => {
  evil.swap = swap;
  const answered = evil.answered;
  const { exitCode, stderr } = await enrollSecond(second, invitation, 20);
  expect(evil.answered).toBeGreaterThan(answered);
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringMatching(/not signed by the key|cannot be used|not to this request/),
  ]);
  expect(await isEnrolled(second)).toBe(false);
});

test('T30: the honest answer is taken, since the gateway itself is known by a real certificate', async () => {
  evil.swap = (answer) => (honest = answer);
  expect(await enrollSecond(second, invitation)).toMatchObject({ exitCode: 0 });
  expect(payloadOf(honest).signers.map(({ kid }) => kid)).toEqual([hand.signing.kid]);
});

const identity = () => readIdentity(second);

const logOf = () => hand.run(`journalctl -u ${UNIT} --no-pager`);
const lookRenewed = async () => ((await logOf()).includes('was renewed') ? undefined : 'not renewed yet');

test('T30: nor can a renewal change whom a host trusts; it is asked for again until it is honest', async () => {
  await spendCertificate(second, kubeOf(world.instance));
  const before = await identity();
  // Few, since the agent waits longer after each: what differs from enrollment, and an old answer that was honest then.
  const swaps: Swap[] = [(answer) => signedByItself(answer, withEvilSigner()), byAnotherAuthority, () => honest];
  const count = swaps.length;
  const kept: unknown[] = [];
  evil.swap = async (answer, request) => {
    kept.push(await identity());
    return swaps.shift()?.(answer, request) ?? answer;
  };
  await hand.run(`systemd-run --quiet --unit ${UNIT} byo-agent run --config ${second.config}`);
  await waitFor('an honest renewal', lookRenewed, { timeoutMs: 120_000, everyMs: 250 });
  expect(kept).toEqual(Array.from({ length: count + 1 }, () => before));
  const after = await identity();
  expect(after).toMatchObject({ signers: before.signers, authorities: before.authorities, hostID: before.hostID });
  expect(after.certificate).not.toBe(before.certificate);
});

/** What the gateway makes of an order that passes through it, `verb` first: how it is given. */
const ALTERED: [string, (order: Envelope, victim: Hand) => Promise<[string, Envelope]>, string][] = [
  ['another verb', async (order) => ['reset', { ...order, verb: 'reset', operation: 'reset' }], 'InvalidOrder'],
  ['another generation', async (order) => ['join', { ...order, generation: 7 }], 'InvalidOrder'],
  [
    'other bytes',
    async (order) => ['join', { ...order, sealed: order.sealed.replace(/\.[\w-]{4}/, '.AAAA') }],
    'Reseal',
  ],
  ['an order of its own, with arguments and digest as it likes', bySigner, 'InvalidOrder'],
];

const claimOf = ({ incarnation, generation }: Envelope) => ({ incarnation, generation });

async function bySigner(order: Envelope, victim: Hand): Promise<[string, Envelope]> {
  const wish = joinOf([{ path: CANARY, content: 'evil' }], [`touch ${CANARY}`]);
  return [
    'join',
    await makeEnvelope(
      { ...victim, signing: { ...evilKey.privateJwk, kid: hand.signing.kid ?? '' } },
      claimOf(order),
      wish,
    ),
  ];
}

test('T30: orders that it alters or makes are refused, and none is carried out', async () => {
  const victim = await openHand(world, 't30', 'host1');
  const claim = { incarnation: 't30', generation: 1 };
  const order = await makeEnvelope(victim, claim, joinOf([], [`touch ${CANARY}`]));
  for (const [what, alter, type] of ALTERED) {
    const [verb, altered] = await alter(order, victim);
    const refusal = await refusalOf((await send(victim, verb, altered)).result);
    expect([what, refusal.type]).toEqual([what, type]);
  }
  expect(await hand.run(`ls ${CANARY} 2>/dev/null; true`)).toBe('');
  expect(order.sealed).not.toContain(Buffer.from(CANARY).toString('base64url'));
  await victim.close();
});

test('T30: nor does the controller make an order for it, although it reaches Temporal as the controller does', async () => {
  const victim = await openVictim(world, 't30');
  const asItWas = await victim.read();
  const refusals = await attack(hand.client, victim);
  expect(refusals.map(({ type }) => type)).toEqual(
    refusals.map(() => expect.stringMatching(/^(OperationStopped|ClaimConflict)$/)),
  );
  expect(await victim.read()).toEqual(asItWas);
  expect(victim.host.orders.map(({ verb }) => verb)).toEqual(['install', 'join']);
  await victim.host.stop();
});
