import { expect, test } from 'vitest';
import { byoHost } from '../../test/support/builders.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import { createKeyPair } from '../../common/keys/sealing.ts';
import { decideRoll } from './roll-sealing-key.ts';

const next = await parsePublicJwk(JSON.stringify((await createKeyPair('sealing')).publicJwk));
const tls = { id: 't', use: 'tls', jwk: '{}' };
const hostWith = (...keys: { id: string; use: string; jwk: string }[]) =>
  byoHost('till', { spec: { hostID: crypto.randomUUID(), keys } });
const sealing = { id: 's', use: 'sealing', jwk: '{}' };

test('D10: the key that is pinned makes way for the next, and no other key is touched', () => {
  expect(decideRoll(hostWith(tls, sealing), next, 's')).toEqual([
    tls,
    { id: next.kid, use: 'sealing', jwk: JSON.stringify(next) },
  ]);
});

test.each([
  ['another is pinned by now, as for a request of long ago', hostWith(tls, { ...sealing, id: 'later' }), 's'],
  ['none is pinned', hostWith(tls), 's'],
  ['it names the TLS key', hostWith(tls, sealing), 't'],
  ['it is pinned already', hostWith(tls, { ...sealing, id: next.kid }), next.kid],
  ['it is the TLS key', hostWith({ ...tls, id: next.kid }, sealing), 's'],
])('D10: nothing is rolled when %s', (_what, host, replaces) => {
  expect(decideRoll(host, next, replaces)).toBeUndefined();
});
