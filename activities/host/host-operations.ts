// What the activities on a host need of it; the agent hands it in, a test hands in its own.
import type { JWK } from 'jose';
import type { OperationResult } from '../../api/activities.ts';
import type { Order } from '../../api/orders.ts';
import type { OperationProgress } from '../../api/report/reported-host.ts';
import type { Logger } from '../../common/log.ts';

/** The operations of this host. All reject with ByoError. */
export type HostOperations = {
  /** Starts the operation of an order, or attaches to it, or answers it from the journal. `ClaimConflict`, `HostBusy`, … */
  perform(order: Order): Promise<OperationResult>;
  /** Ends the operation of an order with everything it started. */
  stop(order: Order): Promise<void>;
  /** The journal knows the operation: its order has come before, and may come again after it has expired. */
  isKnown(order: Order): boolean;
  /** Of the operation of an order, while it runs. */
  progressOf(order: Order): OperationProgress | undefined;
};

/** The tasks of Temporal that this process carries out; neither rejects, since no order hangs on them. */
export type TasksInHand = {
  /** Before anything is done for the task of this token. */
  note(token: Uint8Array): Promise<void>;
  /** It is answered. */
  strike(token: Uint8Array): Promise<void>;
};

/** None rejects for want of a disk. */
type OrderKeys = {
  /** The key of this id (RFC 7638 thumbprint); the present one when the host has none of that id. */
  find(id: string | undefined): Promise<{ id: string; privateJwk: JWK }>;
  /** An order that is sealed to this key was opened. */
  tellOpened(id: string): Promise<void>;
  /** The claim is over: what was sealed to an earlier key is needed no more. */
  forgetPrevious(): Promise<void>;
};

export type HostActivityDeps = {
  hostID: string;
  /** The host's keys that orders are sealed to. */
  sealingKeys: OrderKeys;
  /** Public keys of the controllers that may give orders, read afresh: current and next. */
  readTrust(): Promise<JWK[]>;
  /** Seconds since the epoch by the other side: the host's own clock may be off by years. @throws ByoError, retryable */
  readTime(): Promise<number>;
  operations: HostOperations;
  inHand: TasksInHand;
  log: Logger;
};
