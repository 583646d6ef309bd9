// HTTP/2 by hand (RFC 9113): frames that no library would send.
import type { TLSSocket } from 'node:tls';
import { dial, type LightHost } from './light-host.ts';

export const FRAMES = { data: 0, headers: 1, resetStream: 3, settings: 4, ping: 6, continuation: 9 } as const;
export const FLAGS = { endStream: 1, endHeaders: 4 } as const;

type Frame = { type: number; flags?: number; stream?: number; payload?: Buffer };

export type RawHttp2 = {
  socket: TLSSocket;
  /** Writes frames, and waits while the other side takes no more; false when the connection has ended. */
  send(...frames: Frame[]): Promise<boolean>;
  closed: Promise<void>;
};

export async function openRaw(host: Pick<LightHost, 'address' | 'credentials'>): Promise<RawHttp2> {
  const socket = await dial(host, 'h2');
  socket.on('error', () => undefined);
  // What is not read would stop the other side by flow control alone.
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const send = async (...frames: Frame[]): Promise<boolean> => {
    if (socket.destroyed) return false;
    if (socket.write(Buffer.concat(frames.map(encode)))) return true;
    await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    return !socket.destroyed;
  };
  await send({ type: FRAMES.settings });
  return { socket, send, closed };
}

function encode({ type, flags = 0, stream = 0, payload = Buffer.alloc(0) }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block (HPACK, RFC 7541) of literals without indexing: no table, no compression. */
export function headerBlock(headers: Record<string, string>): Buffer {
  const fields = Object.entries(headers).map(([name, value]) =>
    Buffer.concat([Buffer.of(0), lengthOf(name), Buffer.from(name), lengthOf(value), Buffer.from(value)]),
  );
  return Buffer.concat(fields);
}

/** An integer with a prefix of seven bits; the length of a string that is not Huffman-coded. */
function lengthOf(text: string): Buffer {
  let rest = Buffer.byteLength(text);
  if (rest < 127) return Buffer.of(rest);
  const bytes = [127];
  for (rest -= 127; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
