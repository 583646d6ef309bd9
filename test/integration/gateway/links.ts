// The way to a front that an agent has.
import { once } from 'node:events';
import net from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Certified } from './certificates.ts';
import { portOf, type Front } from './front.ts';

/** As an agent does it: the SDK speaks in clear to a tunnel in its own process, which holds the certificate. */
export async function startTunnel(
  { port, authority }: Front,
  { certificate, key }: Certified,
): Promise<{ address: string; close: () => void }> {
  const server = net.createServer((inner) => {
    const ca = authority.certificate;
    const options = { port, host: '127.0.0.1', ca, cert: certificate, key, servername: 'byo-gateway' };
    const outer = connectTls({ ...options, ALPNProtocols: ['h2'], minVersion: 'TLSv1.3' });
    for (const socket of [inner, outer]) socket.on('error', () => undefined);
    inner.on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
    inner.pipe(outer).pipe(inner);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: `127.0.0.1:${portOf(server)}`, close: () => void server.close() };
}
