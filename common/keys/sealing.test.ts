import { expect, test } from 'vitest';
import type { Order } from '../../api/orders.ts';
import { createKeyPair, openOrder, sealOrder } from './sealing.ts';

const order: Order = {
  verb: 'reset',
  hostID: '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11',
  incarnation: 'a',
  generation: 3,
  operation: 'reset',
  issuedAt: 1,
  arguments: { skipEtcdMemberRemoval: true },
};

test('an order opens on its host and nowhere else', async () => {
  const [signing, host, other] = await Promise.all([
    createKeyPair('signing'),
    createKeyPair('sealing'),
    createKeyPair('sealing'),
  ]);
  const sealed = await sealOrder(order, { signing: signing.privateJwk, recipient: host.publicJwk });
  expect(await openOrder(sealed, { host: host.privateJwk, trusted: [signing.publicJwk] })).toEqual(order);
  await expect(openOrder(sealed, { host: other.privateJwk, trusted: [signing.publicJwk] })).rejects.toMatchObject({
    reason: 'Reseal',
  });
});

test('an order of a signer that the host does not trust is invalid', async () => {
  const [signing, stranger, host] = await Promise.all([
    createKeyPair('signing'),
    createKeyPair('signing'),
    createKeyPair('sealing'),
  ]);
  const sealed = await sealOrder(order, { signing: stranger.privateJwk, recipient: host.publicJwk });
  await expect(openOrder(sealed, { host: host.privateJwk, trusted: [signing.publicJwk] })).rejects.toMatchObject({
    reason: 'InvalidOrder',
  });
  const next = { host: host.privateJwk, trusted: [signing.publicJwk, stranger.publicJwk] };
  expect((await openOrder(sealed, next)).generation).toBe(3);
});
