// A proxy before Temporal's frontend that refuses what it is told to, as a strict authorizer does; with certificates it
// demands those of its clients.
import { once } from 'node:events';
import { connect, createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { SecureServerOptions } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export type TemporalProxy = { address: string; close: () => Promise<void> };

export type TemporalProxyOptions = {
  upstream: string;
  /** The code of gRPC with which a method (`/service/Method`) is refused. */
  refuse?: (method: string) => number | undefined;
  /** Called with the headers of every call, and whom the caller's certificate names. */
  onCall?: (headers: Record<string, unknown>, caller: string | undefined) => void;
  tls?: SecureServerOptions;
};

/** Serves on a port of the loopback. */
export async function startTemporalProxy(options: TemporalProxyOptions): Promise<TemporalProxy> {
  const sockets = new Set<Socket>();
  const upstream = connect(`http://${options.upstream}`);
  upstream.on('error', () => undefined);
  const server: Http2Server = options.tls ? createSecureServer(options.tls) : createServer();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => {
    const method = String(headers[':path']);
    options.onCall?.(headers, callerOf(stream));
    const code = options.refuse?.(method);
    if (code === undefined) forward(stream, headers, upstream);
    else refuse(stream, code);
  });
  const port = await listen(server);
  return {
    address: `127.0.0.1:${port}`,
    close: async () => {
      upstream.destroy();
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function callerOf({ session }: ServerHttp2Stream): string | undefined {
  const socket = session?.socket;
  if (!(socket instanceof TLSSocket)) return undefined;
  return [socket.getPeerCertificate().subject.CN].flat()[0];
}

async function listen(server: Http2Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the proxy has no port');
  return bound.port;
}

type Headers = Parameters<ReturnType<typeof connect>['request']>[0];

function forward(stream: ServerHttp2Stream, headers: Headers, upstream: ReturnType<typeof connect>): void {
  const call = upstream.request(headers);
  call.on('response', (answer) => {
    stream.respond(answer, { waitForTrailers: true });
    call.pipe(stream, { end: false });
  });
  let trailers = {};
  call.on('trailers', (sent) => (trailers = sent));
  call.on('end', () => (stream.closed ? undefined : stream.end()));
  call.on('error', () => stream.close());
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('error', () => undefined).on('close', () => call.close());
  stream.pipe(call);
}

function refuse(stream: ServerHttp2Stream, code: number): void {
  const status = { 'grpc-status': String(code), 'grpc-message': 'refused' };
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...status }, { endStream: true });
  stream.resume();
}
