// What of the gateway's Secret must be made anew: a certificate at half of its life, a token key only when there is none.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { GATEWAY_SECRET_KEYS } from '../../api/names.ts';
import { parseIdentity } from '../../common/keys/identity.ts';

const TOKEN_KEY_BYTES = 32;

/** `data` of the Secret as stored (base64), and what it should agree with: `authorities` are PEM, the signing one first. */
export type GatewaySecretSituation = {
  data: Record<string, string>;
  authorities: readonly string[];
  installation: string;
  now: Date;
};

export type GatewaySecretWish = { certificate: boolean; authorities: boolean; tokenKey: boolean };

/** Pure. Nothing that still serves is replaced: a new token key would make every task of every host unanswerable. */
export function decideGatewaySecret(situation: GatewaySecretSituation): GatewaySecretWish {
  const { data, authorities } = situation;
  const tokenKey = Buffer.from(data[GATEWAY_SECRET_KEYS.tokenKey] ?? '', 'base64');
  return {
    certificate: !isGoodCertificate(situation),
    authorities: decode(data[GATEWAY_SECRET_KEYS.authorities]) !== authorities.join(''),
    tokenKey: tokenKey.length !== TOKEN_KEY_BYTES,
  };
}

function isGoodCertificate({ data, authorities, installation, now }: GatewaySecretSituation): boolean {
  try {
    const certificate = new X509Certificate(decode(data[GATEWAY_SECRET_KEYS.certificate]));
    const authority = new X509Certificate(authorities[0] ?? '');
    const identity = parseIdentity(certificate.subjectAltName);
    return (
      !isSpent(certificate, now) &&
      certificate.verify(authority.publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(decode(data[GATEWAY_SECRET_KEYS.key]))) &&
      identity?.kind === 'gateway' &&
      identity.installation === installation
    );
  } catch {
    // Absent or damaged: it is made anew like one that has ended.
    return false;
  }
}

/**
 * Half of the certificate's life is over: time for a new one, with the other half left for whatever is in the way. One from
 * the future was made by a clock that was wrong then: nobody would take it now.
 */
export function isSpent(certificate: X509Certificate, now: Date): boolean {
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  return now.getTime() < from || now.getTime() >= from + (to - from) / 2;
}

function decode(stored = ''): string {
  return Buffer.from(stored, 'base64').toString('utf8');
}
