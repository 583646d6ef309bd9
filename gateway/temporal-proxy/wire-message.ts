// Protobuf as it lies on the wire, opened as far as it is needed. A few bytes may decode to an object each, and a decoder
// opens every message within a message: what a host sends is read by this alone, within a number of fields.
import { malformed } from './refusal.ts';

/** One message. Of a field that stands more than once, the last one counts, as for every decoder. */
export type WireMessage = {
  bytes(id: number): Uint8Array | undefined;
  /** Empty when it is not there, as in proto3. */
  text(id: number): string;
  flag(id: number): boolean;
  /** Opens the message in a field. @throws Refusal `Malformed` */
  message(id: number): WireMessage | undefined;
  /** Opens the messages of a repeated field, or the entries of a map. @throws Refusal `Malformed` */
  messages(id: number): WireMessage[];
};

/** How many fields may still be met, in this message and in all that are opened within it. */
export type FieldBudget = { left: number };

type Field = { id: number; value: Uint8Array | number };
type Cursor = { bytes: Uint8Array; at: number };

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;
const VARINT_BYTES = 10;
/** Decoders keep 32 bits of a tag or a length and lose the rest: what needs more means different things to different ones. */
const UINT32 = 2 ** 32;

/** Nothing within is opened, nor copied. @throws Refusal `Malformed` when it is no message, or has too many fields */
export function openMessage(bytes: Uint8Array, budget: FieldBudget): WireMessage {
  const fields = readFields(bytes, budget);
  const delimited = (id: number): Uint8Array[] =>
    fields.flatMap((field) => (field.id === id && typeof field.value !== 'number' ? [field.value] : []));
  return {
    bytes: (id) => delimited(id).at(-1),
    text: (id) => Buffer.from(delimited(id).at(-1) ?? []).toString(),
    flag: (id) => fields.some((field) => field.id === id && typeof field.value === 'number' && field.value !== 0),
    message: (id) =>
      delimited(id)
        .slice(-1)
        .map((value) => openMessage(value, budget))[0],
    messages: (id) => delimited(id).map((value) => openMessage(value, budget)),
  };
}

function readFields(bytes: Uint8Array, budget: FieldBudget): Field[] {
  const cursor: Cursor = { bytes, at: 0 };
  const fields: Field[] = [];
  while (cursor.at < bytes.length) {
    if (budget.left <= 0) throw malformed('the request has too many fields');
    budget.left -= 1;
    const tag = readUint32(cursor);
    fields.push({ id: tag >>> 3, value: readValue(cursor, tag & 7) });
  }
  return fields;
}

/** Groups, which no message of Temporal's has, are no value. */
function readValue(cursor: Cursor, wireType: number): Field['value'] {
  switch (wireType) {
    case VARINT:
      return readVarint(cursor);
    case DELIMITED:
      return take(cursor, readUint32(cursor));
    case FIXED64:
      return take(cursor, 8).length;
    case FIXED32:
      return take(cursor, 4).length;
    default:
      throw noMessage();
  }
}

function readUint32(cursor: Cursor): number {
  const value = readVarint(cursor);
  if (value < UINT32) return value;
  throw noMessage();
}

/** Above 2^53 it is not exact, and nobody asks. */
function readVarint(cursor: Cursor): number {
  let [value, factor] = [0, 1];
  for (const byte of cursor.bytes.subarray(cursor.at, cursor.at + VARINT_BYTES)) {
    cursor.at += 1;
    value += (byte & 0x7f) * factor;
    factor *= 0x80;
    if (byte < 0x80) return value;
  }
  throw noMessage();
}

function take(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw noMessage();
  const value = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return value;
}

/** The bytes are never quoted. */
function noMessage(): Error {
  return malformed('the request is not a message of this method');
}
