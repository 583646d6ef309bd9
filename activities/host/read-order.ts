// An order out of its envelope: opened by the host's key, checked against its signer, its envelope, and the time.
import type { JWK } from 'jose';
import { MAX_SEALED, OrderEnvelope, SealedOrder, type Order } from '../../api/orders.ts';
import type { Verb } from '../../api/steps.ts';
import { ByoError } from '../../common/errors.ts';
import { openOrder, recipientOf, type Sealed } from '../../common/keys/sealing.ts';

/** The host's keys that orders are sealed to. None rejects for want of a disk. */
type OrderKeys = {
  /** The key of this id (RFC 7638 thumbprint); the present one when the host has none of that id. */
  find(id: string | undefined): Promise<{ id: string; privateJwk: JWK }>;
  /** An order that is sealed to this key was opened. */
  tellOpened(id: string): Promise<void>;
  /** The claim is over: what was sealed to an earlier key is needed no more. */
  forgetPrevious(): Promise<void>;
};

/** What is needed of the host to read an order. */
export type OrderReading = {
  hostID: string;
  sealingKeys: OrderKeys;
  /** Public keys of the controllers that may give orders, read afresh: current and next. */
  readTrust(): Promise<JWK[]>;
  /** Seconds since the epoch by the other side: the host's own clock may be off by years. @throws ByoError, retryable */
  readTime(): Promise<number>;
  operations: {
    /** The journal knows the operation: its order has come before, and may come again after it has expired. */
    isKnown(order: Order): boolean;
  };
};

/**
 * `input`: what the task brings, one payload or two. @throws ByoError `InvalidOrder`, `Reseal`; `GatewayUnreachable`,
 * retryable, while the time is not known
 */
export async function readOrder(deps: OrderReading, verb: Verb, input: readonly unknown[]): Promise<Order> {
  const { envelope, sealed } = readEnvelope(input);
  const { id, privateJwk } = await deps.sealingKeys.find(recipientOf(sealed));
  const order = await openOrder(sealed, { host: privateJwk, trusted: await deps.readTrust() });
  await deps.sealingKeys.tellOpened(id);
  const isKnown = deps.operations.isKnown(order);
  const now = await deps.readTime();
  const wrong = decideOrderError(order, { envelope, hostID: deps.hostID, verb, now, isKnown });
  if (wrong) throw wrong;
  return order;
}

/** What is sealed, as text within its envelope or as bytes behind it. @throws ByoError `InvalidOrder` */
export function readEnvelope([input, bytes]: readonly unknown[]): { envelope: OrderEnvelope; sealed: Sealed } {
  const text = SealedOrder.safeParse(input);
  if (text.success) return { envelope: text.data, sealed: text.data.sealed };
  const envelope = OrderEnvelope.safeParse(input);
  if (envelope.success && bytes instanceof Uint8Array && bytes.length <= MAX_SEALED) {
    return { envelope: envelope.data, sealed: bytes };
  }
  throw new ByoError('InvalidOrder', 'the order has no envelope that this agent knows', {
    remedy: 'Update the agent, or look at who may write to this Temporal namespace',
    retryable: false,
  });
}

/**
 * What surrounds an order: its envelope in clear, the host it came to, the verb it was given as, the time in seconds
 * by the other side, and whether the journal knows its operation: then it is a retry, answered whatever its age.
 */
export type OrderContext = {
  envelope: OrderEnvelope;
  hostID: string;
  verb: OrderEnvelope['verb'];
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
