// Who has connected, decided from what the handshake showed and nothing else.
import { parseIdentity } from '../../common/keys/identity.ts';
import type { HostDirectory, HostRecord } from '../host-index.ts';

/**
 * What the handshake showed: the ALPN protocol (false when the client named none), whether a certificate came and chains
 * to our CA for client authentication (`isOutOfDate`: what is against it is a date), its subjectAltName as Node prints it,
 * the thumbprint and the end (ms) of it.
 */
export type PresentedCertificate = {
  protocol: string | false | null;
  certificate?: {
    isAuthorized: boolean;
    isOutOfDate: boolean;
    subjectAltName: string | undefined;
    keyID: string;
    endsAt: number;
  };
};

export type Admission =
  | { kind: 'host'; door: 'temporal' | 'http'; host: HostRecord; keyID: string; endsAt: number }
  /** May renew over HTTP, and nothing else: the certificate has ended, or not begun, but its key is pinned to this host. */
  | { kind: 'spent'; host: HostRecord; keyID: string }
  /** May speak HTTP without a certificate: enrollment, and renewal by agents that show none. */
  | { kind: 'stranger' }
  | { kind: 'refused'; why: RefusalReason };

export type RefusalReason =
  'NotReady' | 'NoCertificate' | 'NotAuthorized' | 'NotAHost' | 'OtherInstallation' | 'OutOfDate' | 'NotPinned';

export type Against = { directory: Pick<HostDirectory, 'isReady' | 'find'>; installation: string; now: number };

/**
 * A certificate that is shown must hold: one that does not is refused, never treated as if it had not come. With one against
 * which there is but a date, its host may renew: the handshake has proven that it has the pinned key, and renewal wants no
 * more than that, whatever else OpenSSL, which tells its last reason alone, may have had against the certificate.
 */
export function decideAdmission({ protocol, certificate }: PresentedCertificate, against: Against): Admission {
  if (!certificate) return protocol === 'h2' ? refused('NoCertificate') : { kind: 'stranger' };
  const hostID = readHostID(certificate, against);
  if (typeof hostID !== 'string') return hostID;
  if (!against.directory.isReady()) return refused('NotReady');
  const { keyID, endsAt } = certificate;
  const host = against.directory.find(hostID, keyID);
  if (!host) return refused('NotPinned');
  const isSpent = !certificate.isAuthorized || endsAt <= against.now;
  if (isSpent) return protocol === 'h2' ? refused('OutOfDate') : { kind: 'spent', host, keyID };
  return { kind: 'host', door: protocol === 'h2' ? 'temporal' : 'http', host, keyID, endsAt };
}

type Certificate = NonNullable<PresentedCertificate['certificate']>;

function readHostID(certificate: Certificate, { installation }: Against): string | Admission {
  if (!certificate.isAuthorized && !certificate.isOutOfDate) return refused('NotAuthorized');
  const identity = parseIdentity(certificate.subjectAltName);
  if (identity?.kind !== 'host') return refused('NotAHost');
  if (identity.installation !== installation) return refused('OtherInstallation');
  return identity.hostID;
}

function refused(why: RefusalReason): Admission {
  return { kind: 'refused', why };
}
