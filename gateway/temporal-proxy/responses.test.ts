// A task on its way through the gateway to a host: what the workflow gave is what the agent is given.
import { defaultPayloadConverter, toPayloads } from '@temporalio/common';
import proto from '@temporalio/proto';
import { expect, test } from 'vitest';
import { readOrder } from '../../activities/host/read-order.ts';
import type { Order } from '../../api/orders.ts';
import { createKeyPair, sealOrder, sealPacked } from '../../common/keys/sealing.ts';
import { rebuildTask } from './responses.ts';

const { PollActivityTaskQueueResponse: Polled } = proto.temporal.api.workflowservice.v1;
const [signing, host] = await Promise.all([createKeyPair('signing'), createKeyPair('sealing')]);
const keys = { signing: signing.privateJwk, recipient: host.publicJwk };
const hostID = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';
const envelope = { verb: 'join', operation: 'join', incarnation: 'a', generation: 3 } as const;
const order: Order = {
  ...envelope,
  hostID,
  issuedAt: 1,
  arguments: {
    format: 'cloud-config',
    document: Buffer.from('#cloud-config\n').toString('base64'),
    metadata: { instanceId: 'm-3', providerId: 'byoh://7f2c1c52/3' },
  },
};
const deps = {
  hostID,
  sealingKeys: { find: async () => host, tellOpened: async () => undefined, forgetPrevious: async () => undefined },
  readTrust: async () => [signing.publicJwk],
  readTime: async () => 1,
  operations: { isKnown: () => false },
};

test.each([
  ['as text', async () => [{ ...envelope, sealed: await sealOrder(order, keys) }]],
  ['packed', async () => [envelope, await sealPacked(order, keys)]],
])('an order passes the gateway as it is: %s', async (_form, given) => {
  const payloads = toPayloads(defaultPayloadConverter, ...(await given())) ?? [];
  const bytes = Polled.encode({ taskToken: Buffer.from('t'), input: { payloads } }).finish();
  const rebuilt = rebuildTask(bytes, (token) => token);
  const { input } = Polled.decode(rebuilt.bytes);
  const received = (input?.payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload));
  expect(await readOrder(deps, 'join', received)).toEqual(order);
});
