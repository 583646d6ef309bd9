// Payloads of a host: one JSON value of a shape that we know, read, made printable and written anew.
import type { temporal } from '@temporalio/proto';
import type { z } from 'zod';
import { printableValue } from '../../common/printable-value.ts';
import { tooLarge } from './refusal.ts';
import type { WireMessage } from './wire-message.ts';

type IPayload = temporal.api.common.v1.IPayload;
type IPayloads = temporal.api.common.v1.IPayloads;

/** Field numbers of Payloads, Payload and an entry of its metadata. */
const PAYLOADS = { payloads: 1 };
const PAYLOAD = { metadata: 1, data: 2 };
const ENTRY = { key: 1, value: 2 };

/** The key under which every SDK writes how the data is encoded, and what JSON is called there. */
const ENCODING = 'encoding';
const JSON_ENCODING = 'json/plain';

export type Kept<T> = { schema: z.ZodType<T>; maxBytes: number; what: string };

/**
 * The first payload as its schema knows it, every text printable; null when there is none of that shape. What else it
 * holds stays behind. @throws Refusal `TooLarge`
 */
export function keepValue(payloads: WireMessage | undefined, kept: Kept<unknown>): IPayloads | null {
  return keepValues(payloads, [kept]);
}

/** The same of the first ones, each in its place: one that is not of its shape is null there, or not there at the end. */
export function keepValues(payloads: WireMessage | undefined, kept: readonly Kept<unknown>[]): IPayloads | null {
  const sent = payloads?.messages(PAYLOADS.payloads) ?? [];
  const values = kept.map((one, nth) => readValue(sent[nth], one));
  const known = values.slice(0, values.findLastIndex((value) => value !== undefined) + 1);
  return known.length > 0 ? { payloads: known.map((value = null) => jsonPayload(value)) } : null;
}

function readValue(payload: WireMessage | undefined, { schema, maxBytes, what }: Kept<unknown>): unknown {
  const data = payload?.bytes(PAYLOAD.data) ?? Buffer.alloc(0);
  if (data.length > maxBytes) throw tooLarge(what, maxBytes);
  const parsed = schema.safeParse(payload && parseJson(payload, data));
  return parsed.success ? printableValue(parsed.data) : undefined;
}

/** As the SDK's own converter writes it. */
function jsonPayload(value: unknown): IPayload {
  return { metadata: { [ENCODING]: Buffer.from(JSON_ENCODING) }, data: Buffer.from(JSON.stringify(value)) };
}

function parseJson(payload: WireMessage, data: Uint8Array): unknown {
  const encoding = payload.messages(PAYLOAD.metadata).findLast((entry) => entry.text(ENTRY.key) === ENCODING);
  if (encoding?.text(ENTRY.value) !== JSON_ENCODING) return undefined;
  try {
    return JSON.parse(Buffer.from(data).toString());
  } catch {
    // Not JSON although it says so: a shape that no schema takes.
    return undefined;
  }
}
