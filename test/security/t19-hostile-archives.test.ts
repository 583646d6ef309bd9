// T19: a bundle whose digest is right and whose archive is hostile: refused as a whole, and nothing is outside of the store.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareListings, KEPT, listMachine } from '../integration/host/machine-listing.ts';
import { makeEnvelope, newClaim, openHand, refusalOf, resetHost, send, type Claim, type Hand } from './host-orders.ts';
import { addBundle, makeArchives } from './hostile-bundles.ts';
import { openWorld } from './world.ts';

const BUNDLES = '/root/t19-bundles';
/** What steps before the unpacking have written, and the reset takes back. */
const EARLIER = /^[+-] \/etc\/(modules-load\.d\/byo\.conf|sysctl\.d\/99-byo\.conf|modules-load\.d|sysctl\.d) /;

let hand: Hand;
let claim: Claim;
let before: string[];
const digests = new Map<string, string>();
beforeAll(async () => {
  hand = await openHand(await openWorld(), 'host1');
  claim = await newClaim(hand, 't19');
  const folder = await mkdtemp(join(tmpdir(), 'byo-t19-'));
  for (const [name, archive] of await makeArchives()) digests.set(name, await addBundle(folder, archive));
  await hand.host.copyIn(folder, BUNDLES);
  await rm(folder, { recursive: true });
  before = await listMachine(hand.host);
});
afterAll(async () => {
  await resetHost(hand, claim);
  await hand.run(`rm -rf ${BUNDLES}`);
  await hand.close();
});

const install = async (name: string, digest: string) => {
  const operation = `install/v1.36.3#${[...digests.keys()].indexOf(name) + 1}`;
  const providerID = `byoh://${hand.hostID}/${claim.generation}`;
  const bundle = { source: `file://${BUNDLES}`, digest };
  const wish = { verb: 'install', operation, arguments: { version: 'v1.36.3', bundle, providerID } };
  return (await send(hand, 'install', await makeEnvelope(hand, claim, wish))).result;
};

test('T19: every hostile archive is refused, with the reason', async () => {
  const said = new Map<string, string>();
  for (const [name, digest] of digests) {
    const refusal = await refusalOf(install(name, digest));
    said.set(name, `${refusal.type}: ${refusal.message}`);
  }
  expect(said.size).toBeGreaterThanOrEqual(20);
  const otherwise = [...said].filter(([, words]) => !/^BundleInvalid: (archive entry|the archive) /.test(words));
  expect(otherwise).toEqual([]);
});

test('T19: outside of the agent’s own store nothing has changed', async () => {
  const changes = compareListings(before, await listMachine(hand.host), KEPT);
  expect(changes.filter((line) => !EARLIER.test(line))).toEqual([]);
  expect(await hand.run('find / -xdev -name "t19" -not -path "/proc/*" || true')).toBe('');
});
