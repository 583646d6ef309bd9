// Payloads of a host: data and its encoding, of bounded size; every other field is left behind.
import type { temporal } from '@temporalio/proto';
import { tooLarge } from './refusal.ts';

type IPayload = temporal.api.common.v1.IPayload;
type IPayloads = temporal.api.common.v1.IPayloads;

/** The key under which every SDK writes how the data is encoded. */
const ENCODING = 'encoding';
const ENCODING_BYTES = 64;

/** @throws Refusal `TooLarge` when data and encodings together have more than `maxBytes` */
export function keepPayloads(payloads: IPayloads | null | undefined, maxBytes: number, what: string): IPayloads | null {
  if (!payloads) return null;
  const kept = (payloads.payloads ?? []).map(keepPayload);
  const bytes = kept.reduce((sum, { metadata, data }) => sum + lengthOf(metadata?.[ENCODING]) + lengthOf(data), 0);
  // Each one costs a few bytes of framing even when it is empty.
  if (bytes + kept.length > maxBytes) throw tooLarge(what, maxBytes);
  return { payloads: kept };
}

/** The first payload as text, if it is a JSON string. */
export function firstText(payloads: IPayloads | null | undefined): string | undefined {
  const payload = payloads?.payloads?.[0];
  if (!payload || Buffer.from(encodingOf(payload)).toString() !== 'json/plain') return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(payload.data ?? []).toString());
    return typeof value === 'string' ? value : undefined;
  } catch {
    // Not JSON although it says so: the same as no text.
    return undefined;
  }
}

export function textPayloads(text: string): IPayloads {
  const metadata = { [ENCODING]: Buffer.from('json/plain') };
  return { payloads: [{ metadata, data: Buffer.from(JSON.stringify(text)) }] };
}

function keepPayload(payload: IPayload): IPayload {
  const encoding = encodingOf(payload);
  if (encoding.length > ENCODING_BYTES) throw tooLarge('the name of an encoding', ENCODING_BYTES);
  return { metadata: { [ENCODING]: encoding }, data: payload.data ?? Buffer.alloc(0) };
}

function encodingOf(payload: IPayload): Uint8Array {
  const metadata = payload.metadata ?? {};
  return (Object.hasOwn(metadata, ENCODING) ? metadata[ENCODING] : undefined) ?? Buffer.alloc(0);
}

function lengthOf(bytes: Uint8Array | null | undefined): number {
  return bytes?.length ?? 0;
}
