// What a finished TLS handshake shows of the other side.
import type { TLSSocket } from 'node:tls';
import { calculateJwkThumbprint } from 'jose';
import type { X509Certificate } from 'node:crypto';
import { P256PublicJwk } from '../../api/p256.ts';
import type { PresentedCertificate } from './authenticate.ts';

const OF_DATES = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

/** Never throws: a certificate whose key is not of our kind has a thumbprint that nobody's is. */
export async function readPresentedCertificate(socket: TLSSocket): Promise<PresentedCertificate> {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return { protocol: socket.alpnProtocol };
  const jwk = P256PublicJwk.safeParse(readKey(certificate));
  return {
    protocol: socket.alpnProtocol,
    certificate: {
      isAuthorized: socket.authorized,
      // Node types it as an Error; it is the code as OpenSSL names it.
      isOutOfDate: OF_DATES.includes(String(socket.authorizationError)),
      subjectAltName: certificate.subjectAltName,
      keyID: jwk.success ? await calculateJwkThumbprint(jwk.data) : '',
      endsAt: certificate.validToDate.getTime(),
    },
  };
}

function readKey(certificate: X509Certificate): unknown {
  try {
    return certificate.publicKey.export({ format: 'jwk' });
  } catch {
    // RSA-PSS and others have no JWK, and OpenSSL cannot read every key that somebody may put into a certificate.
    return undefined;
  }
}
