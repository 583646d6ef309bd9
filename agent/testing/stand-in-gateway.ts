// A gateway and controller in one, on real TLS: as much of them as the agent's link needs to be tried on.
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createServer, type TLSSocket } from 'node:tls';
import type { CryptoKey } from 'jose';
import { z } from 'zod';
import { SignedRequest, type IdentityAnswer } from '../../api/gateway.ts';
import { hashOf, openEnrolRequest, openRenewRequest, signAnswer } from '../../common/enrolment/messages.ts';
import { certify, createServerPair, importPublic, type Authority } from './authority.ts';

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

/** Changes what is answered: `drop` cuts the first answers off, `signer` signs in place of the CA. */
export type Bend = { drop?: number; signer?: Authority; publicKey?: CryptoKey; kind?: 'gateway' | 'controller' };

export async function startStandIn(authority: Authority, bend: Bend = {}): Promise<StandIn> {
  const standIn = { asked: [] as string[], bytes: [] as Buffer[], peers: [] as string[], h2: [] as TLSSocket[] };
  const left = { drop: bend.drop ?? 0 };
  const http = createHttpServer((request, response) => {
    answer(authority, bend, standIn, request).then(
      (body) => (left.drop-- > 0 ? request.socket.destroy() : send(response, body)),
      () => send(response, { reason: 'Bad', message: 'no', remedy: 'none' }, 400),
    );
  });
  const pair = await createServerPair(authority, bend.kind);
  const options = { ...pair, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] };
  const open = new Set<TLSSocket>();
  const server = createServer(options, (socket) => {
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
  const opened = message.url === '/v1/renew' ? await openRenewRequest(request) : await openEnrolRequest(request);
  seen.asked.push(opened.tlsKey.kid);
  const { installation } = by;
  const publicKey = bend.publicKey ?? (await importPublic(opened.tlsKey));
  const certificate = await certify(by, { kind: 'host', installation, hostID: HOST_ID }, publicKey);
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

function send(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
