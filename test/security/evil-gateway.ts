// A gateway that has been taken over: its certificate is real, so hosts talk to it; it has Temporal in its hands, and asks the
// controller for what it likes. What it has not is the CA's key, nor the key that signs orders.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { GATEWAY_PATHS, SERVER_NAMES, SignedAnswer } from '../../api/gateway.ts';
import { GATEWAY_SECRET, SYSTEM_NAMESPACE } from '../../api/names.ts';
import { openRogue, type Rogue } from './rogue-gateway.ts';
import type { World } from './world.ts';

/** What becomes of the controller's answer (compact JWS) to a request (compact JWS) on its way to the host. */
export type Swap = (answer: string, request: string) => string | Promise<string>;

/** `swap` may be set anew at any time; without one it passes everything on honestly. `answered` counts what it passed on. */
export type EvilGateway = Rogue & { swap?: Swap | undefined; answered: number };

type Credentials = { cert: string; key: string; ca: string };

export async function openEvilGateway(world: World): Promise<EvilGateway> {
  const credentials = await stealCredentials(world);
  const evil: { swap?: Swap | undefined; answered: number } = { answered: 0 };
  const http = createHttpServer((incoming, outgoing) => {
    // Whatever goes wrong is what the host sees of an outage.
    serve(world, { credentials, evil }, incoming, outgoing).catch(() => outgoing.writeHead(503).end());
  });
  const rogue = await openRogue(world, { cert: credentials.cert, key: credentials.key }, (socket) => {
    if (socket.alpnProtocol === 'h2') pipeline(socket, dialTemporal(world), socket, () => socket.destroy());
    else http.emit('connection', socket);
  });
  return Object.assign(evil, rogue);
}

type Ground = { credentials: Credentials; evil: { swap?: Swap | undefined; answered: number } };

async function serve(world: World, ground: Ground, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { credentials, evil } = ground;
  const body = await text(incoming);
  const path = incoming.url ?? '';
  if (path !== GATEWAY_PATHS.enroll && path !== GATEWAY_PATHS.renew) return void outgoing.writeHead(204).end();
  const said = await askController(world, credentials, { path, body });
  const { answer } = SignedAnswer.parse(JSON.parse(said));
  const swapped = evil.swap
    ? await evil.swap(answer, z.object({ request: z.string() }).parse(JSON.parse(body)).request)
    : answer;
  evil.answered += 1;
  outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ answer: swapped }));
}

/** As the real gateway asks, with its own certificate. */
async function askController(
  { instance }: World,
  credentials: Credentials,
  { path, body }: { path: string; body: string },
): Promise<string> {
  const [host, port] = instance.door.enrollment.split(':');
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = {
    ...credentials,
    host,
    port,
    path,
    method: 'POST',
    servername: SERVER_NAMES.controller,
    agent: false,
  };
  request({ ...options, headers: { 'content-type': 'application/json' } }, resolve)
    .on('error', reject)
    .end(body);
  return text(await promise);
}

/** Without any of the real gateway's checks. */
function dialTemporal({ instance }: World) {
  const [host, port] = instance.temporal.address.split(':');
  return connect({ host: host ?? '', port: Number(port) });
}

async function stealCredentials({ kubectl }: World): Promise<Credentials> {
  const secret = z.object({ data: z.object({ 'tls.crt': z.string(), 'tls.key': z.string(), 'ca.crt': z.string() }) });
  const { data } = secret.parse(await kubectl.get(['secret', GATEWAY_SECRET, '-n', SYSTEM_NAMESPACE]));
  return { cert: decode(data['tls.crt']), key: decode(data['tls.key']), ca: decode(data['ca.crt']) };
}

function decode(value: string): string {
  return Buffer.from(value, 'base64').toString();
}
