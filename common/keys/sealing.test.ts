import { CompactEncrypt, compactDecrypt, importJWK, type JWK } from 'jose';
import { expect, test } from 'vitest';
import type { Order } from '../../api/orders.ts';
import { attach, CIPHERTEXT } from './detached.ts';
import { createKeyPair, openOrder, sealOrder, sealPacked } from './sealing.ts';

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

test('a packed order is signed as a whole: no byte of it, and not its form, can be another', async () => {
  const [signing, host] = await Promise.all([createKeyPair('signing'), createKeyPair('sealing')]);
  const keys = { host: host.privateJwk, trusted: [signing.publicJwk] };
  const sealed = await sealPacked(order, { signing: signing.privateJwk, recipient: host.publicJwk });
  expect(await openOrder(sealed, keys)).toEqual(order);
  const compact = attach(sealed, CIPHERTEXT);
  const plaintext = Buffer.from(
    (await compactDecrypt(compact, await importJWK(host.privateJwk, 'ECDH-ES+A256KW'))).plaintext,
  );
  const asJson = Buffer.from(JSON.stringify({ alg: 'ES256', kid: signing.id })).toString('base64url');
  const forgeries = [
    Buffer.concat([plaintext, Buffer.from('x')]),
    plaintext.subarray(0, -1),
    Buffer.from(plaintext.toString('latin1').replace(/^[^.]*/, asJson), 'latin1'),
    Buffer.concat([Buffer.from('\n'), plaintext]),
  ];
  for (const forged of forgeries) {
    const reencrypted = await encryptTo(host.publicJwk, forged);
    await expect(openOrder(reencrypted, keys)).rejects.toMatchObject({ reason: 'InvalidOrder' });
  }
});

test('what an encryption has deflated is not inflated: its signer is not known yet', async () => {
  const [signing, host] = await Promise.all([createKeyPair('signing'), createKeyPair('sealing')]);
  const keys = { host: host.privateJwk, trusted: [signing.publicJwk] };
  const sealed = await sealOrder(order, { signing: signing.privateJwk, recipient: host.publicJwk });
  const { plaintext } = await compactDecrypt(sealed, await importJWK(host.privateJwk, 'ECDH-ES+A256KW'));
  expect(await openOrder(await encryptTo(host.publicJwk, plaintext), keys)).toEqual(order);
  const deflated = await encryptTo(host.publicJwk, plaintext, { zip: 'DEF' });
  await expect(openOrder(deflated, keys)).rejects.toMatchObject({ reason: 'Reseal' });
});

/** As anybody can who knows the public key of a host. */
async function encryptTo(publicJwk: JWK, plaintext: Uint8Array, more: { zip?: string } = {}): Promise<string> {
  return new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', ...more })
    .encrypt(await importJWK(publicJwk, 'ECDH-ES+A256KW'));
}
