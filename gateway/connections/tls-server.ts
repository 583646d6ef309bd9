// TLS 1.3 and nothing else: our CA alone, certificates asked for but judged by us, no resumption past a certificate's end.
import { constants } from 'node:crypto';
import { createServer, type SecureContextOptions, type Server } from 'node:tls';
import type { Credentials } from '../credentials.ts';

export type TlsServer = Server;

/** It does not listen: connections are handed to it by `emit('connection')`. */
export function createTlsServer(credentials: Credentials, handshakeMs: number): TlsServer {
  return createServer({
    ...contextOf(credentials),
    requestCert: true,
    // Enrollment and renewal come without a certificate; authenticate.ts refuses what is shown and does not hold.
    rejectUnauthorized: false,
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: handshakeMs,
  });
}

/** For `setSecureContext` when the controller has renewed the certificate: connections that stand keep theirs. */
export function contextOf({ cert, key, ca }: Credentials): SecureContextOptions {
  return {
    cert,
    key,
    ca,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    // A resumed session would not show its certificate again.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
}
