import { afterEach, expect, test, vi } from 'vitest';
import type { Order } from '../../api/orders.ts';
import { createKeyPair, sealOrder, sealPacked } from '../../common/keys/sealing.ts';
import { readEnvelope, readOrder } from './read-order.ts';

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;
const NOW = 1_800_000_000;
const hostID = '7d8a3c4e-0000-4000-8000-000000000002';
const host = await createKeyPair('sealing');
const controller = await createKeyPair('signing');
const keys = { signing: controller.privateJwk, recipient: host.publicJwk };

afterEach(() => void vi.useRealTimers());

/** Reads a drain that was sealed for an hour, when it is `server` by the gateway and `own` by the host. */
async function read(server: number, own: number, isKnown = false): Promise<Order> {
  vi.useFakeTimers({ toFake: ['Date'], now: own * 1000 });
  const named = { operation: 'drain', incarnation: 'i', generation: 1 };
  const order: Order = {
    verb: 'drain',
    arguments: { evict: true, timeoutSeconds: 60 },
    ...named,
    hostID,
    issuedAt: NOW,
    expiresAt: NOW + HOUR,
  };
  const sealed = await sealOrder(order, keys);
  const deps = {
    hostID,
    sealingKeys: { find: async () => host, tellOpened: async () => undefined, forgetPrevious: async () => undefined },
    readTrust: async () => [controller.publicJwk],
    readTime: async () => server,
    operations: { isKnown: () => isKnown },
  };
  const envelope = { verb: 'drain', ...named };
  const asText = await readOrder(deps, 'drain', [{ ...envelope, sealed }]);
  expect(await readOrder(deps, 'drain', [envelope, await sealPacked(order, keys)])).toEqual(asText);
  return asText;
}

const OFF = [660, -660, 13 * HOUR, -13 * HOUR, 2 * YEAR, -2 * YEAR, -NOW];

test.each(OFF)('B4: a good order is obeyed by a host whose clock is off by %s s', async (off) => {
  expect(await read(NOW + 60, NOW + 60 + off)).toMatchObject({ operation: 'drain' });
});

test.each(OFF)('T31: an order that has expired is not, whatever the host’s clock says: off by %s s', async (off) => {
  const late = NOW + 2 * HOUR;
  await expect(read(late, late + off)).rejects.toMatchObject({ reason: 'Reseal' });
  expect(await read(late, late + off, true)).toMatchObject({ operation: 'drain' });
});

const envelope = { verb: 'drain', operation: 'drain', incarnation: 'i', generation: 1 };

test.each([
  ['nothing', []],
  ['an envelope alone', [envelope]],
  ['text where bytes belong', [envelope, 'sealed']],
  ['more bytes than an order has', [envelope, new Uint8Array(2 * 1024 * 1024 + 1)]],
  ['bytes without an envelope', [new Uint8Array(10)]],
  ['names that are none', [{ ...envelope, operation: '../x' }, new Uint8Array(10)]],
])('a task that brings %s is no order', (_what, input) => {
  expect(() => readEnvelope(input)).toThrow('no envelope that this agent knows');
});
