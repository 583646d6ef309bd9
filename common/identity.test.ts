import { expect, test } from 'vitest';
import { parseIdentity, spiffeIdOf, type Identity } from './identity.ts';

const management = '7d8a3c4e-0000-4000-8000-000000000001';
const hostID = '7d8a3c4e-0000-4000-8000-000000000002';

test.each<Identity>([
  { kind: 'host', management, hostID },
  { kind: 'gateway', management },
  { kind: 'controller', management },
])('what is written is read: $kind', (identity) => {
  expect(parseIdentity(`URI:${spiffeIdOf(identity)}`)).toEqual(identity);
  expect(parseIdentity(`DNS:byo-gateway, URI:${spiffeIdOf(identity)}`)).toEqual(identity);
});

test.each([
  undefined,
  '',
  `DNS:spiffe://${management}/gateway`,
  `URI:spiffe://${management}/host/${hostID.toUpperCase()}`,
  `URI:spiffe://${management}/host/${hostID}/x`,
  `URI:spiffe://${management}/host/`,
  `URI:spiffe://${management}/hosts`,
  `URI:spiffe://other/host/${hostID}`,
  `URI:spiffe://${management}/gateway, URI:spiffe://${management}/host/${hostID}`,
  `"URI:spiffe://${management}/gateway, x"`,
])('nothing else is anybody: %s', (san) => {
  expect(parseIdentity(san)).toBeUndefined();
});
