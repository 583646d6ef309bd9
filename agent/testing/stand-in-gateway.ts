// A gateway and controller in one, on real TLS: as much of them as the agent's link needs to be tried on.
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createServer, TLSSocket } from 'node:tls';
import type { CryptoKey } from 'jose';
import { z } from 'zod';
import { GATEWAY_PATHS, SignedRequest, type IdentityAnswer } from '../../api/gateway.ts';
import { hashOf, openEnrollRequest, openRenewRequest, signAnswer } from '../../common/enrollment/messages.ts';
import { isValidAt } from '../identity/identity.ts';
import { certify, createServerPair, importPublic, lifeAt, type Authority, type Life } from './authority.ts';

export const HOST_ID = '7d8a3c4e-0000-4000-8000-000000000002';

export type StandIn = {
  address: string;
  /** Thumbprints of the TLS keys that asked, and all that came in clear. */
  asked: string[];
  bytes: Buffer[];
  /** Of the clients' certificates, one a connection. */
  peers: string[];
  h2: TLSSocket[];
  close(): Promise<void>;
};

/**
 * Changes what is answered: `drop` cuts the first answers off, `signer` signs in place of the CA. `aheadMs`: what the clocks of
 * that side show more than this machine's; `life` of what it certifies, at that time; `serverLife` of its own certificate.
 */
export type Bend = {
  drop?: number;
  signer?: Authority;
  publicKey?: CryptoKey;
  kind?: 'gateway' | 'controller';
  aheadMs?: () => number;
  life?: (now: number) => Life;
  serverLife?: Life;
};

const ASKING = { requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] };

export async function startStandIn(authority: Authority, bend: Bend = {}): Promise<StandIn> {
  const standIn = { asked: [] as string[], bytes: [] as Buffer[], peers: [] as string[], h2: [] as TLSSocket[] };
  const left = { drop: bend.drop ?? 0 };
  const http = createHttpServer((request, response) => {
    response.setHeader('date', new Date(nowOf(bend)).toUTCString());
    if (request.url === GATEWAY_PATHS.lease) return answerLease(request, response, nowOf(bend));
    answer(authority, bend, standIn, request).then(
      (body) => (left.drop-- > 0 ? request.socket.destroy() : send(response, body)),
      () => send(response, { reason: 'Bad', message: 'no', remedy: 'none' }, 400),
    );
  });
  const pair = await createServerPair(authority, bend.kind, bend.serverLife ?? lifeAt(nowOf(bend)));
  const open = new Set<TLSSocket>();
  const server = createServer({ ...pair, ...ASKING }, (socket) => {
    open.add(socket.on('error', () => undefined));
    socket.on('data', (part: Buffer) => standIn.bytes.push(part));
    standIn.peers.push(socket.getPeerX509Certificate()?.serialNumber ?? '');
    if (socket.alpnProtocol === 'h2') standIn.h2.push(socket);
    else http.emit('connection', socket);
  });
  // A client that turns away in the middle of the handshake is what some tests are about.
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const port = z.looseObject({ port: z.int() }).parse(server.address() satisfies AddressInfo | string | null).port;
  const close = async () => {
    open.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
  };
  return { ...standIn, address: `127.0.0.1:${port}`, close };
}

async function answer(by: Authority, bend: Bend, seen: { asked: string[] }, message: IncomingMessage) {
  const { request } = SignedRequest.parse(await json(message));
  const opened = message.url === '/v1/renew' ? await openRenewRequest(request) : await openEnrollRequest(request);
  seen.asked.push(opened.tlsKey.kid);
  const { installation } = by;
  const publicKey = bend.publicKey ?? (await importPublic(opened.tlsKey));
  const life = (bend.life ?? lifeAt)(nowOf(bend));
  const certificate = await certify(by, { kind: 'host', installation, hostID: HOST_ID }, publicKey, life);
  const identity: IdentityAnswer = {
    requestHash: hashOf(request),
    management: installation,
    hostID: HOST_ID,
    namespace: 'shops',
    name: 'till',
    certificate,
    authorities: [by.pem],
    signers: [{ kid: 'k' }],
  };
  return { answer: await signAnswer(identity, (bend.signer ?? by).keys.privateKey) };
}

const nowOf = ({ aheadMs }: Bend): number => Date.now() + (aheadMs?.() ?? 0);

/** As the gateway does: by its own clock, whether the certificate holds. It is shown anew for each. */
function answerLease({ socket }: IncomingMessage, response: ServerResponse, now: number): void {
  response.setHeader('connection', 'close');
  const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (shown && isValidAt(shown, now)) return send(response, { secondsSincePoll: 0, reportDigest: null });
  send(response, { reason: 'CertificateOutOfDate', message: 'no', remedy: 'renew' }, 401);
}

function send(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
