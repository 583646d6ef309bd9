// The pin by which a host knows the CA before it has ever spoken to anybody (as RFC 7469 pins a key, not a certificate).
import { createHash, X509Certificate } from 'node:crypto';

/** `sha256:` + base64url SHA-256 of the SubjectPublicKeyInfo (DER) of a CA certificate in PEM. */
export function caPinOf(certificate: string): string {
  const spki = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(spki).digest('base64url')}`;
}
