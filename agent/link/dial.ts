// The one way out of this host: TLS 1.3 to the gateway, which is known by its certificate and not by its address.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect, createSecureContext, type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls';
import { SERVER_NAMES } from '../../api/gateway.ts';
import { ByoError } from '../../common/errors.ts';
import { pemOf, readIdentity } from '../identity/identity.ts';
import { readKey } from '../identity/key-file.ts';
import { findGatewayFault, type Trust } from './gateway-fault.ts';
import { unreachable } from './refusal.ts';
import { openTcp, type Target } from './tcp.ts';

/** What the connection is for; ALPN. */
type Protocol = 'h2' | 'http/1.1';

/** Certificates and keys in PEM. Without `cert` the gateway sees nobody; `installation` is what it must belong to. */
export type Credentials = { ca: string[]; cert?: string; key?: string; installation?: string };

/** Opens a verified connection; nothing is sent before the handshake is done and the gateway known. */
export type Dial = (protocol: Protocol, signal?: AbortSignal) => Promise<TLSSocket>;

/** TCP, proxy and handshake each get this long: a middlebox may accept a connection and answer nothing, for ever. */
const HANDSHAKE_MILLISECONDS = 10_000;

const VERSION = { minVersion: 'TLSv1.3' } as const;

export type DialOptions = Target & { handshakeMilliseconds?: number | undefined };

/** Dials as this host. Key, certificate and trust are read at each connection, so that a new identity needs no restart. */
export function createDial(options: DialOptions & { stateDir: string }): Dial {
  return async (protocol, signal) => {
    const identity = await readIdentity(options.stateDir);
    const { privateJwk } = await readKey(options.stateDir, 'tls');
    const { authorities: ca, certificate: cert, management: installation } = identity;
    return dialGateway(options, { ca, cert, key: pemOf(privateJwk), installation }, { protocol, signal });
  };
}

/** Dials as nobody, with the trust of `credentials`: for enrollment and renewal, whose proof is in what they send. */
export function dialAs(options: DialOptions, credentials: Credentials): Dial {
  let made: SecureContext | undefined;
  // Made once: to read keys and certificates costs more than a handshake.
  const context = (): SecureContext => (made ??= createSecureContext({ ...credentials, ...VERSION }));
  return (protocol, signal) => dialGateway(options, { ...credentials, context }, { protocol, signal });
}

async function dialGateway(
  options: DialOptions,
  { installation, ...credentials }: Credentials & { context?: () => SecureContext },
  use: { protocol: Protocol; signal?: AbortSignal | undefined },
): Promise<TLSSocket> {
  // Judged below, before anything is sent: OpenSSL would judge the dates by a clock that may be wrong.
  const socket = await shakeHands(options, use, { ...credentials, rejectUnauthorized: false });
  await untilRead();
  if (socket.destroyed)
    throw unreachable(`there is no secure connection to ${options.gateway}`, 'it was closed at once');
  const fault = faultOf(socket, { ca: credentials.ca, installation, own: credentials.cert });
  if (fault === undefined && socket.alpnProtocol === use.protocol) return socket;
  socket.destroy();
  if (fault !== undefined) throw unreachable(`there is no secure connection to ${options.gateway}`, fault);
  throw unreachable(`${options.gateway} is no gateway`, `it does not speak ${use.protocol}`);
}

/**
 * Under TLS 1.3 a client is done before its own last flight has left, and a server may have dropped it by then. Node tells of
 * a write that failed so by the next read alone, and an HTTP/2 session, which stops reading while it writes, would never
 * hear of it: a connection is handed over when its socket has been looked at once more. The first turn ends the present
 * look at all sockets, the second follows the next one.
 */
async function untilRead(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

function faultOf(socket: TLSSocket, trust: Trust): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return 'it shows no certificate';
  const verdict = socket.authorized ? undefined : String(socket.authorizationError);
  return findGatewayFault({ certificate, verdict }, trust, Date.now());
}

type HandshakeUse = { protocol: Protocol; signal?: AbortSignal | undefined };
type Verification = Pick<ConnectionOptions, 'rejectUnauthorized' | 'ca' | 'cert' | 'key'> & {
  context?: () => SecureContext;
};

/** TLS 1.3 with the verification that is asked for; answers once the handshake is done. @throws ByoError `GatewayUnreachable` */
export async function shakeHands(
  options: DialOptions,
  { protocol, signal }: HandshakeUse,
  { context, ...verification }: Verification,
): Promise<TLSSocket> {
  const limit = options.handshakeMilliseconds ?? HANDSHAKE_MILLISECONDS;
  try {
    const raw = await openTcp(options, within(limit, signal));
    const servername = SERVER_NAMES.gateway;
    const made = context && { secureContext: context() };
    const wanted = { servername, ...VERSION, ALPNProtocols: [protocol] };
    return await untilSecure(connect({ ...verification, ...made, ...wanted, socket: raw }), within(limit, signal));
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof ByoError ? error : unreachable(`there is no secure connection to ${options.gateway}`, error);
  }
}

async function untilSecure(socket: TLSSocket, ending: AbortSignal): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const abort = () => socket.destroy(new Error('the TLS handshake was not answered in time'));
  ending.addEventListener('abort', abort, { once: true });
  socket.once('secureConnect', () => resolve(socket));
  // The listener stays: a later error only closes the socket, whose user sees that; it must not end the process.
  socket.on('error', reject);
  socket.once('close', () => reject(new Error('it was closed during the TLS handshake')));
  try {
    return await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    ending.removeEventListener('abort', abort);
  }
}

function within(milliseconds: number, signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(milliseconds);
  return signal ? AbortSignal.any([timeout, signal]) : timeout;
}
