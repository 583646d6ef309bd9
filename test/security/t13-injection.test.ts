// T13: names, versions and paths in a signed order are still words of somebody else: none becomes a command, an option or a
// line of a unit file. The canary is a file that every one of them would make.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  give,
  joinOf,
  makeEnvelope,
  newClaim,
  openHand,
  refusalOf,
  resetHost,
  send,
  type Claim,
  type Hand,
  type Wish,
} from './host-orders.ts';
import { openWorld } from './world.ts';

const CANARY = '/root/t13-canary';
const TRICKS: Record<string, string> = {
  substitution: `$(touch ${CANARY})`,
  backticks: `\`touch ${CANARY}\``,
  semicolon: `x; touch ${CANARY};`,
  newline: `x\nExecStartPre=/usr/bin/touch ${CANARY}`,
  'carriage return': `x\r\nExecStartPre=/usr/bin/touch ${CANARY}`,
  NUL: `x\0; touch ${CANARY}`,
  option: `-oProxyCommand=touch ${CANARY}`,
  'long option': `--exec=touch ${CANARY}`,
  'right to left': `\u202Etouch ${CANARY}`,
  pipe: `x | touch ${CANARY}`,
  quote: `x' ; touch ${CANARY} ; '`,
  specifier: `%x; touch ${CANARY}`,
};
const DIGEST = `sha256:${'0'.repeat(64)}`;

let hand: Hand;
let claim: Claim;
let attempt = 0;
beforeAll(async () => {
  hand = await openHand(await openWorld(), 'host1');
  claim = await newClaim(hand, 't13');
});
afterAll(async () => {
  await resetHost(hand, claim);
  await hand.run(`rm -rf ${CANARY} /root/t13`);
  await hand.close();
});

/** A name that no order had before: what has ended would only be answered by the journal. */
const fresh = (verb: string) => `${verb}#${(attempt += 1)}`;

const installOf = (more: object): Wish => {
  const bundle = { source: 'file:///opt/none', digest: DIGEST };
  const providerID = `byoh://${hand.hostID}/${claim.generation}`;
  const operation = `install/v1.36.3#${(attempt += 1)}`;
  return { verb: 'install', operation, arguments: { version: 'v1.36.3', bundle, providerID, ...more } };
};

const joinWith = (more: object): Wish => {
  const wish = joinOf([{ path: '/root/t13/file', content: 'x', ...more }], [], fresh('join'));
  return wish;
};

/** Where somebody's words stand in an order, and what the host says to words that cannot be. */
const PLACES: Record<string, (trick: string) => { wish: Wish; type: string }> = {
  version: (trick) => ({ wish: installOf({ version: `v1.36.3${trick}` }), type: 'InvalidOrder' }),
  'bundle digest': (trick) => ({
    wish: installOf({ bundle: { source: 'file:///opt/none', digest: `${DIGEST}${trick}` } }),
    type: 'InvalidOrder',
  }),
  'bundle source': (trick) => ({
    wish: installOf({ bundle: { source: trick, digest: DIGEST } }),
    type: '(InvalidOrder|BundleInvalid)',
  }),
  'provider id': (trick) => ({ wish: installOf({ providerID: `byoh://x/1${trick}` }), type: 'InvalidOrder' }),
  operation: (trick) => ({ wish: { ...joinWith({}), operation: `join${trick}` }, type: 'InvalidOrder' }),
  owner: (trick) => ({ wish: joinWith({ owner: trick }), type: 'BootstrapDataInvalid' }),
  permissions: (trick) => ({ wish: joinWith({ permissions: trick }), type: 'BootstrapDataInvalid' }),
  encoding: (trick) => ({ wish: joinWith({ encoding: trick }), type: 'BootstrapDataInvalid' }),
  format: (trick) => ({
    wish: { ...joinWith({}), arguments: { ...joinWith({}).arguments, format: trick.slice(0, 64) } },
    type: 'BootstrapDataInvalid',
  }),
};

const canary = () => hand.run(`ls ${CANARY} 2>/dev/null; true`);

test.each(Object.keys(PLACES))('T13: %s', async (place) => {
  for (const [name, trick] of Object.entries(TRICKS)) {
    const { wish, type } = PLACES[place]?.(trick) ?? { wish: joinWith({}), type: '' };
    const refusal = await refusalOf((await send(hand, wish.verb, await makeEnvelope(hand, claim, wish))).result);
    expect(`${name} ${refusal.type}`).toMatch(new RegExp(` ${type}$`));
    expect(`${name} ${refusal.message}`).toMatch(/^[\x20-\x7e…’“”]{20,}$/u);
  }
  expect(await canary()).toBe('');
});

test('T13: a path is a path: with control characters refused, else a file of just this name', async () => {
  const paths = Object.values(TRICKS).map((trick) => `/root/t13/${trick}`);
  const harmless = paths.filter((path) => !/\p{C}/u.test(path));
  for (const path of paths.filter((one) => !harmless.includes(one))) {
    expect(await refusalOf(give(hand, claim, joinWith({ path })))).toMatchObject({ type: 'BootstrapDataInvalid' });
  }
  await give(
    hand,
    claim,
    joinOf(
      harmless.map((path) => ({ path, content: 'x' })),
      [],
      fresh('join'),
    ),
  );
  // Slashes in a trick are folders; the files at their ends are as many as there were paths.
  expect(await hand.run('find /root/t13 -type f | wc -l')).toBe(String(harmless.length));
  expect(await canary()).toBe('');
});

test('T13: a name in a claim is no part of a path or a unit', async () => {
  for (const [name, trick] of Object.entries(TRICKS)) {
    const strange = { incarnation: `../${trick}`.slice(0, 64), generation: claim.generation };
    const refusal = await refusalOf(give(hand, strange, joinWith({})));
    expect(`${name} ${refusal.type}`).toMatch(/ (InvalidOrder|ClaimConflict)$/);
  }
  expect(await canary()).toBe('');
});
