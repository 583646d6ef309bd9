// Whether the other side of a handshake is our gateway, whatever the host's clock says.
import { X509Certificate } from 'node:crypto';
import { SERVER_NAMES } from '../../api/gateway.ts';
import { parseIdentity } from '../../common/keys/identity.ts';
import { isValidAt } from '../identity/identity.ts';

/**
 * What the handshake showed. `verdict` is what OpenSSL has against the chain, undefined when nothing; of several reasons it
 * tells the last alone.
 */
export type Shown = { certificate: X509Certificate; verdict: string | undefined };

/** CA certificates (PEM), the installation if one is known, and the certificate that this host shows itself. */
export type Trust = { ca: string[]; installation?: string | undefined; own?: string | undefined };

const OF_DATES = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
/** A gateway's certificate lives for 30 days and is renewed at half of that; a clock that is right is never off by this. */
const SLACK_MILLISECONDS = 24 * 3600 * 1000;

/**
 * Pure: what is wrong with the certificate; undefined when it is our gateway's. Dates are forgiven, nothing else is: OpenSSL
 * judges them by the host's clock, and since it tells its last reason alone, a complaint about dates may hide a worse one. So
 * signature, purpose, name and identity are checked here as well, before anything is sent. That the other side has the
 * key, TLS 1.3 itself has proven. `now`: the host's clock, in milliseconds.
 */
export function findGatewayFault(shown: Shown, trust: Trust, now: number): string | undefined {
  const { certificate, verdict } = shown;
  if (verdict !== undefined && !OF_DATES.includes(verdict)) return verdict;
  const stranger = findStranger(certificate, trust);
  if (stranger !== undefined || verdict === undefined) return stranger;
  return mayForgive(certificate, trust.own, now) ? undefined : verdict;
}

/** Everything that no date can excuse. */
function findStranger(certificate: X509Certificate, { ca, installation }: Trust): string | undefined {
  if (!isIssuedBy(certificate, ca)) return 'its certificate is not by a CA that this host trusts';
  if (certificate.ca || !certificate.keyUsage?.includes(SERVER_AUTH)) return 'its certificate is not that of a server';
  if (!certificate.checkHost(SERVER_NAMES.gateway, { subject: 'never' })) return 'its certificate bears another name';
  const identity = parseIdentity(certificate.subjectAltName);
  if (identity?.kind !== 'gateway') return 'its certificate is not that of a gateway';
  if (installation === undefined || identity.installation === installation) return undefined;
  return 'it is the gateway of another installation';
}

/** Straight by one of them: our CAs have nothing between themselves and those whom they certify. */
function isIssuedBy(certificate: X509Certificate, authorities: readonly string[]): boolean {
  return authorities.some((pem) => {
    const authority = new X509Certificate(pem);
    return authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  });
}

/**
 * The controller has signed this host's own certificate with its time: a clock by which that one holds is right within a
 * day, and a gateway's certificate that is out of date by more has really ended, or its key was stolen long ago. A clock by
 * which the own one does not hold proves nothing: it is wrong, or the host was away for long.
 */
function mayForgive(certificate: X509Certificate, own: string | undefined, now: number): boolean {
  if (own === undefined || !isValidAt(new X509Certificate(own), now)) return true;
  return isValidAt(certificate, now, SLACK_MILLISECONDS);
}
