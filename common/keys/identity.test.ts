import { expect, test } from 'vitest';
import { parseIdentity, spiffeIdOf, type Identity } from './identity.ts';

const installation = '7d8a3c4e-0000-4000-8000-000000000001';
const hostID = '7d8a3c4e-0000-4000-8000-000000000002';

test.each<Identity>([
  { kind: 'host', installation, hostID },
  { kind: 'gateway', installation },
  { kind: 'controller', installation },
])('what is written is read: $kind', (identity) => {
  expect(parseIdentity(`URI:${spiffeIdOf(identity)}`)).toEqual(identity);
  expect(parseIdentity(`DNS:byo-gateway, URI:${spiffeIdOf(identity)}`)).toEqual(identity);
});

test.each([
  undefined,
  '',
  `DNS:spiffe://${installation}/gateway`,
  `URI:spiffe://${installation}/host/${hostID.toUpperCase()}`,
  `URI:spiffe://${installation}/host/${hostID}/x`,
  `URI:spiffe://${installation}/host/`,
  `URI:spiffe://${installation}/hosts`,
  `URI:spiffe://other/host/${hostID}`,
  `URI:spiffe://${installation}/gateway, URI:spiffe://${installation}/host/${hostID}`,
  `"URI:spiffe://${installation}/gateway, x"`,
])('nothing else is anybody: %s', (san) => {
  expect(parseIdentity(san)).toBeUndefined();
});
