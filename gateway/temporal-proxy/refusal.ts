// Why a call is not answered, and what the worker is told: only codes that an honest worker lives through.
import { Metadata, status, type StatusObject } from '@grpc/grpc-js';
import proto from '@temporalio/proto';

/** Names of ours for the audit trail. */
export type Why =
  | 'MethodNotAllowed'
  | 'QueueOfAnother'
  | 'TokenNotOfThisHost'
  | 'Malformed'
  | 'TooLarge'
  | 'TooManyCalls'
  | 'Overloaded'
  | 'Replaced'
  | 'Closing'
  | 'NotConnected'
  | 'Ended'
  | 'Upstream';

/** A gRPC status with the reason behind it; `retryAfterMs` goes along as google.rpc.RetryInfo. */
export class Refusal extends Error {
  readonly code: status;
  readonly why: Why;
  readonly retryAfterMs: number | undefined;
  /** What the call was aimed at, when it is a name of our own form. */
  readonly target: string | undefined;

  constructor(code: status, why: Why, message: string, options: { retryAfterMs?: number; target?: string } = {}) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.why = why;
    this.retryAfterMs = options.retryAfterMs;
    this.target = options.target;
  }
}

/** Somebody asks for what is not his: written down. The others are the weather. */
export function isMisuse(refusal: Refusal): boolean {
  return refusal.code === status.PERMISSION_DENIED || refusal.code === status.INVALID_ARGUMENT;
}

/**
 * RESOURCE_EXHAUSTED, since the SDK then waits 1 s and longer where UNAVAILABLE would bring it back after 0.1 s; it tries
 * polls for ever with either. It does not read RetryInfo; other clients may.
 */
export function shed(why: 'TooManyCalls' | 'Overloaded', retryAfterMs: number): Refusal {
  const message = why === 'Overloaded' ? 'the gateway has too much to do' : 'too many calls of this host';
  return new Refusal(status.RESOURCE_EXHAUSTED, why, message, { retryAfterMs });
}

export function malformed(message: string): Refusal {
  return new Refusal(status.INVALID_ARGUMENT, 'Malformed', message);
}

export function tooLarge(what: string, bytes: number): Refusal {
  return new Refusal(status.INVALID_ARGUMENT, 'TooLarge', `${what} may have ${bytes} bytes at most`);
}

/** As grpc-js sends it; RetryInfo stands in `grpc-status-details-bin`. */
export function toStatus(refusal: Refusal): Partial<StatusObject> {
  const { code, message, retryAfterMs } = refusal;
  if (retryAfterMs === undefined) return { code, details: message };
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', encodeRetryInfo(code, message, retryAfterMs));
  return { code, details: message, metadata };
}

/** google.rpc.Status with one google.rpc.RetryInfo, whose only field (1) is the Duration to wait. */
function encodeRetryInfo(code: number, message: string, retryAfterMs: number): Buffer {
  const { protobuf, rpc } = proto.google;
  const seconds = Math.floor(retryAfterMs / 1000);
  const delay = protobuf.Duration.encode(
    protobuf.Duration.fromObject({ seconds, nanos: (retryAfterMs % 1000) * 1_000_000 }),
  ).finish();
  const value = Buffer.concat([Buffer.of(0x0a, delay.length), delay]);
  const detail = { type_url: 'type.googleapis.com/google.rpc.RetryInfo', value };
  return Buffer.from(rpc.Status.encode({ code, message, details: [detail] }).finish());
}
