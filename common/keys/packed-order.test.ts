import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Order } from '../../api/orders.ts';
import { makeControlPlaneDocument } from '../../test/support/control-plane-document.ts';
import { packOrder, unpackOrder } from './packed-order.ts';
import { createKeyPair, openOrder, recipientOf, sealOrder, sealPacked, type Sealed } from './sealing.ts';

const named = { hostID: '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11', incarnation: 'a', generation: 3, issuedAt: 1 };
const reset: Order = { verb: 'reset', operation: 'reset', ...named, arguments: { skipEtcdMemberRemoval: true } };

function joinOf(document: Buffer): Order {
  const metadata = { instanceId: 'm-3', providerId: 'byoh://7f2c1c52/3' };
  const args = { format: 'cloud-config', document: document.toString('base64'), metadata };
  return { verb: 'join', operation: 'join', ...named, arguments: args };
}

const [signing, host] = await Promise.all([createKeyPair('signing'), createKeyPair('sealing')]);
const keys = { signing: signing.privateJwk, recipient: host.publicJwk };
const open = (sealed: Sealed) => openOrder(sealed, { host: host.privateJwk, trusted: [signing.publicJwk] });

test.each([
  ['as text', sealOrder],
  ['packed', sealPacked],
])('an order opens as it was sealed, %s, and names its key', async (_form, seal) => {
  const orders = [reset, joinOf(Buffer.alloc(0)), joinOf(randomBytes(1000)), joinOf(Buffer.from('a\nb\n\n'))];
  for (const order of orders) {
    const sealed = await seal(order, keys);
    expect([recipientOf(sealed), await open(sealed)]).toEqual([host.id, order]);
  }
});

test('the order of a control plane stands in a history twice, and takes less than 20 kB of it instead of 74', async () => {
  const order = joinOf(Buffer.from(await makeControlPlaneDocument()));
  const packed = await sealPacked(order, keys);
  expect((await sealOrder(order, keys)).length).toBeGreaterThan(35_000);
  expect(packed.length).toBeLessThan(10_000);
  expect(await open(packed)).toEqual(order);
});

test('what is packed inflates to the size of the largest order and no further', async () => {
  const largest = joinOf(Buffer.alloc(768 * 1024));
  expect(await unpackOrder(await packOrder(largest))).toMatchObject({ verb: 'join' });
  const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024));
  await expect(unpackOrder(bomb)).rejects.toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' });
});

test.each([
  ['no deflated bytes', Buffer.from('{"verb":"reset"}')],
  ['no JSON', deflateRawSync('reset\n')],
  ['no order', deflateRawSync('[]\n')],
  ['cut', deflateRawSync(JSON.stringify(reset)).subarray(0, 40)],
])('what is packed in another way is refused: %s', async (_what, packed) => {
  await expect(unpackOrder(packed)).rejects.toBeInstanceOf(Error);
});
