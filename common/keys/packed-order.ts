// An order as few bytes: JSON, and behind it the bootstrap document as it is, not in base64; deflated together (RFC 1951).
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { z } from 'zod';
import { joinLine, splitLine } from '../../api/line-and-bytes.ts';
import { MAX_DOCUMENT, type Order } from '../../api/orders.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** The largest document, and more JSON than any order has: whoever signs may have been deceived, and a host is small. */
const LONGEST = MAX_DOCUMENT + 64 * 1024;

export async function packOrder(order: Order): Promise<Uint8Array> {
  const { document, ...rest } = { document: '', ...order.arguments };
  return deflate(joinLine(JSON.stringify({ ...order, arguments: rest }), Buffer.from(document, 'base64')));
}

const Unpacked = z.looseObject({ arguments: z.looseObject({}) });

/** Of whatever shape. @throws when it is not packed so, or would be larger than any order */
export async function unpackOrder(packed: Uint8Array): Promise<unknown> {
  const { line = '', bytes = [] } = splitLine(await inflate(packed, { maxOutputLength: LONGEST })) ?? {};
  const order = Unpacked.parse(JSON.parse(line));
  return { ...order, arguments: { ...order.arguments, document: Buffer.from(bytes).toString('base64') } };
}
