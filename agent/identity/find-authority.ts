// First contact: which CA the gateway shows, and whether it is the one whose pin the host was given.
import { createHash, X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';
import { ByoError } from '../../common/errors.ts';
import { shakeHands, type DialOptions } from '../link/dial.ts';

/** `sha256:` and base64url of the SHA-256 of a public key (SubjectPublicKeyInfo, DER). */
export const PIN_PATTERN = /^sha256:[A-Za-z0-9_-]{43}$/;

/** A chain is leaf, perhaps one between, and CA; a hostile one ends here. */
const LONGEST_CHAIN = 8;

/**
 * The CA certificate with this pin that the gateway presents, PEM. Only a handshake is made: nothing is verified yet, so
 * nothing is sent. @throws ByoError `Untrusted` when it presents none; `GatewayUnreachable`
 */
export async function fetchAuthority(options: DialOptions, pin: string, signal: AbortSignal): Promise<string> {
  const socket = await shakeHands(options, { protocol: 'http/1.1', signal }, { rejectUnauthorized: false });
  const chain = listChain(socket.getPeerCertificate(true));
  socket.destroy();
  const found = chain.find((certificate) => certificate.ca && pinOf(certificate) === pin);
  if (found) return found.toString();
  throw new ByoError('Untrusted', `${options.gateway} presents no CA with the pin ${pin}`, {
    remedy:
      'Nothing was sent. Check the address and the pin that `byo enroll create` printed; a middlebox that opens TLS cannot stand between',
    retryable: false,
  });
}

/** The pin of a certificate's public key. */
export function pinOf(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}

function listChain(leaf: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = leaf;
  while (next?.raw && chain.length < LONGEST_CHAIN) {
    chain.push(new X509Certificate(next.raw));
    // A root names itself as its issuer.
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return chain;
}
