import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createToken } from '../../common/enrollment/token.ts';
import { createKeyPair } from '../../common/keys/sealing.ts';
import { createLogger } from '../../common/log.ts';
import { openJournal } from '../journal/journal.ts';
import { recallTold, recordLeftovers } from '../leftovers/told.ts';
import { SealingKeys } from './sealing-keys.ts';
import { createDial } from '../link/dial.ts';
import { createGatewayClient } from '../link/http.ts';
import { renewIdentity } from './renewal.ts';
import { ServerClock } from '../link/server-clock.ts';
import { createAuthority, importPublic, type Authority } from '../testing/authority.ts';
import { HOST_ID, startStandIn, type Bend, type StandIn } from '../testing/stand-in-gateway.ts';
import { enrollHost } from './enroll-host.ts';
import { pinOf } from './find-authority.ts';

let folder: string;
let authority: Authority;
let gateway: StandIn | undefined;
const token = createToken('shops', 'tills').text;
const signal = new AbortController().signal;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'byo-enrol-'));
  authority = await createAuthority();
  writeFileSync(join(folder, 'config.yaml'), `stateDir: ${join(folder, 'state')}\n`);
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

const inState = (name: string) => join(folder, 'state', name);
const identity = () => readFileSync(inState('identity.json'), 'utf8');

async function enroll(bend: Bend = {}, options: { force?: boolean; pin?: string } = {}) {
  gateway ??= await startStandIn(authority, bend);
  const { address } = gateway;
  const retried: string[] = [];
  const pin = options.pin ?? pinOf(new X509Certificate(authority.pem));
  const onRetry = (error: unknown) => void retried.push(String(error));
  const wanted = {
    gateway: address,
    pin,
    readToken: async () => token,
    force: options.force ?? false,
    signal,
    onRetry,
  };
  return { ...(await enrollHost({ ...wanted, config: join(folder, 'config.yaml') })), retried };
}

test('a host is enrolled once: keys, identity and configuration for root alone', async () => {
  expect(await enroll()).toMatchObject({ isNew: true, identity: { hostID: HOST_ID } });
  for (const name of ['identity.json', 'tls-key.json', 'sealing-key.json'])
    expect(statSync(inState(name)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, 'config.yaml'), 'utf8')).toContain(`gateway: ${gateway?.address}`);
  const before = identity();
  expect(await enroll()).toMatchObject({ isNew: false });
  expect(identity()).toBe(before);
});

test('a gateway without the pinned CA gets no application byte', async () => {
  const other = pinOf(new X509Certificate((await createAuthority()).pem));
  await expect(enroll({}, { pin: other })).rejects.toMatchObject({ reason: 'Untrusted', retryable: false });
  expect(gateway?.bytes).toEqual([]);
});

test('a lost answer is asked for again with the same keys', async () => {
  const { retried, isNew } = await enroll({ drop: 1 });
  expect([retried.length, isNew]).toEqual([1, true]);
  expect(gateway?.asked).toHaveLength(2);
  expect(new Set(gateway?.asked).size).toBe(1);
});

test('an answer by another CA, or for another key, is refused and not kept', async () => {
  await expect(enroll({ signer: await createAuthority() })).rejects.toMatchObject({ reason: 'Untrusted' });
  await gateway?.close();
  gateway = undefined;
  const publicKey = await importPublic((await createKeyPair('signing')).publicJwk);
  await expect(enroll({ publicKey })).rejects.toThrow(/for another key/);
  expect(existsSync(inState('identity.json'))).toBe(false);
});

test('a new identity has new keys, and is refused while a claim is open', async () => {
  await enroll();
  await enroll({}, { force: true });
  expect(new Set(gateway?.asked).size).toBe(2);
  // A first journal is the agent's to make: it looks first whether the host bears a claim that was forgotten.
  expect(existsSync(inState('journal.sqlite'))).toBe(false);
  const before = identity();
  const journal = openJournal(inState('journal.sqlite'));
  journal.openClaim({ incarnation: 'a', generation: 3 });
  journal.close();
  await expect(enroll({}, { force: true })).rejects.toMatchObject({ reason: 'ClaimConflict' });
  expect(identity()).toBe(before);
});

test('data of an old cluster are bound to no name that a cluster of the new namespace could bear', async () => {
  await enroll();
  const journal = openJournal(inState('journal.sqlite'));
  const data = { id: 'a'.repeat(32), kind: 'Data' as const, what: 'data of pods', path: '/srv/x', cluster: 'prod' };
  recordLeftovers(journal, [data]);
  journal.close();
  await enroll({}, { force: true });
  const after = openJournal(inState('journal.sqlite'));
  const { leftovers } = recallTold(after);
  after.close();
  expect(leftovers).toEqual([{ id: data.id, kind: 'Data', what: data.what, path: data.path }]);
});

test('a renewal is taken up by the next connection', async () => {
  await enroll();
  const options = { gateway: gateway?.address ?? '', stateDir: join(folder, 'state') };
  const dial = createDial(options);
  const serials = () => new Set(gateway?.peers.filter(Boolean)).size;
  const first = await dial('http/1.1');
  await vi.waitFor(() => expect(serials()).toBe(1), 10_000);
  const before = identity();
  const call = createGatewayClient(dial);
  const log = createLogger('test', 'silent');
  const { stateDir } = options;
  const sealingKeys = new SealingKeys({ stateDir, log });
  await renewIdentity({ stateDir, call, clock: new ServerClock(), sealingKeys, log, signal });
  expect(identity()).not.toBe(before);
  const second = await dial('http/1.1');
  await vi.waitFor(() => expect(serials()).toBe(2), 10_000);
  first.destroy();
  second.destroy();
});
