// Whether an opened order is the one its envelope says, for this host, and still good. Pure.
import type { Order, SealedOrder } from '../../api/orders.ts';
import { ByoError } from '../../common/errors.ts';

/**
 * What surrounds an order: its envelope in clear, the host it came to, the verb it was given as, the time in seconds
 * by the other side, and whether the journal knows its operation: then it is a retry, answered whatever its age.
 */
export type OrderContext = {
  envelope: SealedOrder;
  hostID: string;
  verb: SealedOrder['verb'];
  now: number;
  isKnown: boolean;
};

/** Clocks of gateway and controller may differ by this much. */
const CLOCK_SKEW_SECONDS = 300;

/** The error that forbids the order, or undefined. What is sealed counts; the clear fields must say the same. */
export function decideOrderError(order: Order, context: OrderContext): ByoError | undefined {
  const { envelope, hostID, verb, now } = context;
  if (order.hostID !== hostID) return invalid('the order is for another host');
  if (order.verb !== verb || envelope.verb !== verb) return invalid('the order was given as another verb');
  if (order.operation.split(/[/#]/, 1)[0] !== verb) return invalid('the order names an operation of another verb');
  for (const field of ['incarnation', 'generation', 'operation'] as const) {
    if (order[field] !== envelope[field]) return invalid(`the order names another ${field} than its envelope`);
  }
  if (!context.isKnown && isExpired(order, now)) {
    return new ByoError('Reseal', 'the order has expired', {
      remedy: 'The controller seals it anew; nothing needs doing',
      retryable: false,
    });
  }
  return undefined;
}

function isExpired(order: Order, now: number): boolean {
  return order.verb !== 'reset' && order.expiresAt !== undefined && order.expiresAt + CLOCK_SKEW_SECONDS < now;
}

function invalid(message: string): ByoError {
  return new ByoError('InvalidOrder', message, {
    remedy: 'Somebody else than the controller put it into the queue: look at who may write to this Temporal namespace',
    retryable: false,
  });
}
