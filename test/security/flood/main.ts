// A crowd of strangers at 127.0.0.2…201, as a process of its own so that it does not slow down who measures. Prints JSON.
//   main.ts capacity ADDRESS SECONDS       handshakes a second that the gateway completes
//   main.ts flood ADDRESS SECONDS RATE     so many connections a second: hellos without an end, silence, registrations
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { GATEWAY_PATHS, SERVER_NAMES } from '../../../api/gateway.ts';

const [mode, address = '', seconds = '1', rate = '1'] = process.argv.slice(2);
const [host = '', port = ''] = address.split(':');
/** The CA's certificate comes on standard input. */
const ca = readFileSync(0, 'utf8');
const ADDRESSES = 200;
const AT_ONCE = 16;
/** Sockets that are held open here; the gateway must not depend on it. */
const MOST_OPEN = 3000;
/** A full handshake costs us as much as the gateway, so that few of the crowd go that far. */
const REGISTRATIONS_AT_ONCE = 32;

let nth = 0;
const nextAddress = (): string => `127.0.0.${2 + (nth++ % ADDRESSES)}`;
const tcp = (): Socket => connectTcp({ host, port: Number(port), localAddress: nextAddress() });
const tlsOptions = { ca, servername: SERVER_NAMES.gateway, ALPNProtocols: ['http/1.1'] };

/** True when the handshake came to its end; `text` is written then, and one answer waited for. */
function shakeHands(text?: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connectTls({ ...tlsOptions, socket: tcp() });
  socket.setTimeout(10_000, () => socket.destroy());
  socket.on('error', () => resolve(false));
  socket.on('close', () => resolve(false));
  socket.once('secureConnect', () => {
    resolve(true);
    if (text === undefined) socket.destroy();
    else socket.write(text);
  });
  socket.once('data', () => socket.destroy());
  return promise;
}

async function measureCapacity(): Promise<object> {
  const end = performance.now() + Number(seconds) * 1000;
  let done = 0;
  const one = async () => {
    while (performance.now() < end) if (await shakeHands()) done += 1;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { perSecond: done / Number(seconds) };
}

/** The first bytes of an honest client; the gateway answers each copy with a signature. */
function captureHello(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const wire = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _encoding, done) => {
      resolve(bytes);
      done();
    },
  });
  connectTls({ ...tlsOptions, socket: wire }).on('error', () => undefined);
  return promise;
}

const BODY = JSON.stringify({ request: `${'A'.repeat(300)}.${'A'.repeat(400)}.${'A'.repeat(86)}` });
const REGISTRATION = [
  `POST ${GATEWAY_PATHS.enroll} HTTP/1.1`,
  'host: byo-gateway',
  'content-type: application/json',
  `content-length: ${BODY.length}`,
  '',
  BODY,
].join('\r\n');

async function flood(): Promise<object> {
  const hello = await captureHello();
  const open = new Set<Socket>();
  const count = { attempts: 0, registrations: 0 };
  let registering = 0;
  const hold = (first: Buffer | undefined): void => {
    const [oldest] = open.size >= MOST_OPEN ? open : [];
    oldest?.destroy();
    const socket = tcp();
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    if (first) socket.write(first);
  };
  const attempt = (): void => {
    count.attempts += 1;
    if (count.attempts % 5 === 0 && registering < REGISTRATIONS_AT_ONCE) {
      registering += 1;
      count.registrations += 1;
      void shakeHands(REGISTRATION).then(() => (registering -= 1));
    } else hold(count.attempts % 7 === 0 ? undefined : hello);
  };
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  while (elapsed() < Number(seconds)) {
    while (count.attempts < elapsed() * Number(rate)) attempt();
    await delay(5);
  }
  return { ...count, perSecond: count.attempts / elapsed() };
}

process.stdout.write(`${JSON.stringify(mode === 'flood' ? await flood() : await measureCapacity())}\n`);
process.exit(0);
