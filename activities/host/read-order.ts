// An order out of its envelope: opened by the host's key, checked against its signer, its envelope, and the time.
import { SealedOrder, type Order } from '../../api/orders.ts';
import type { Verb } from '../../api/steps.ts';
import { ByoError } from '../../common/errors.ts';
import { openOrder, recipientOf } from '../../common/keys/sealing.ts';
import { decideOrderError } from './decide-order.ts';
import type { HostActivityDeps, HostOperations } from './host-operations.ts';

/** What is needed of the host to read an order. */
export type OrderReading = Pick<HostActivityDeps, 'hostID' | 'sealingKeys' | 'readTrust' | 'readTime'> & {
  operations: Pick<HostOperations, 'isKnown'>;
};

/** @throws ByoError `InvalidOrder`, `Reseal`; `GatewayUnreachable`, retryable, while the time is not known */
export async function readOrder(deps: OrderReading, verb: Verb, input: unknown): Promise<Order> {
  const envelope = SealedOrder.safeParse(input);
  if (!envelope.success) {
    throw new ByoError('InvalidOrder', 'the order has no envelope that this agent knows', {
      remedy: 'Update the agent, or look at who may write to this Temporal namespace',
      retryable: false,
    });
  }
  const { id, privateJwk } = await deps.sealingKeys.find(recipientOf(envelope.data.sealed));
  const order = await openOrder(envelope.data.sealed, { host: privateJwk, trusted: await deps.readTrust() });
  await deps.sealingKeys.tellOpened(id);
  const isKnown = deps.operations.isKnown(order);
  const now = await deps.readTime();
  const wrong = decideOrderError(order, { envelope: envelope.data, hostID: deps.hostID, verb, now, isKnown });
  if (wrong) throw wrong;
  return order;
}
