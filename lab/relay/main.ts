// A TCP relay as a process of its own: `node lab/relay/main.ts LISTEN TO`, both as ADDRESS:PORT. Ending it is a cut link.
import { createConnection, createServer } from 'node:net';
import type { Server } from 'node:net';
import { parseEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

const RETRY_MS = 500;

/** Copy bytes both ways; when one side is done or broken the other learns it in the same way. */
function createRelay(to: Endpoint): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = createConnection({ ...to, allowHalfOpen: true, noDelay: true });
    near.pipe(far).pipe(near);
    // A broken connection is the business of its two ends; the relay only passes the break on.
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
}

/** The bridge's address exists only while a host runs, so "not yet" is normal and tried again for ever. */
function listenWhenPossible(server: Server, at: Endpoint): void {
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRNOTAVAIL') throw error;
    setTimeout(() => server.listen(at), RETRY_MS);
  });
  server.on('listening', () => process.stderr.write(`listening on ${at.host}:${at.port}\n`));
  server.listen(at);
}

const [listen, to] = process.argv.slice(2);
if (listen === undefined || to === undefined) {
  process.stderr.write('usage: node lab/relay/main.ts LISTEN_ADDRESS:PORT TO_ADDRESS:PORT\n');
  process.exit(2);
}
listenWhenPossible(createRelay(parseEndpoint(to)), parseEndpoint(listen));
