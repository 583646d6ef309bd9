// Bytes on the wire, as the kernel counts them for each connection: TLS and HTTP/2 included.
import { execa } from 'execa';

/** Sum over the connections that stand now at this port of the loopback, seen from the server. */
export async function bytesOf(port: number): Promise<{ sent: number; received: number }> {
  const { stdout } = await execa('ss', ['-tinHO', 'state', 'established', `( sport = :${port} )`]);
  return { sent: sumOf(stdout, /\bbytes_sent:(\d+)/g), received: sumOf(stdout, /\bbytes_received:(\d+)/g) };
}

function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, digits]) => sum + Number(digits), 0);
}
