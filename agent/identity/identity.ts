// Who this host is and whom it trusts: one file, replaced as a whole, so that certificate and trust change together.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { IdentityAnswer } from '../../api/gateway.ts';
import { ByoError } from '../../common/errors.ts';
import { parseIdentity } from '../../common/keys/identity.ts';
import { writeFileDurably } from '../../common/durable-file.ts';
import { isMissing } from '../../common/system-error.ts';

export type Identity = IdentityAnswer;

/** In the state folder; its presence says that the host is enrolled. */
export const IDENTITY_FILE = 'identity.json';

/** The identity, or undefined before enrollment. @throws Error naming a damaged file */
export async function findIdentity(stateDir: string): Promise<Identity | undefined> {
  const path = join(stateDir, IDENTITY_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return IdentityAnswer.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} is damaged: enroll this host anew with \`byo-agent enroll --force\``, { cause });
  }
}

/** What a disk that takes no writes could not be given yet, by state folder; good for as long as `before` stands there. */
const held = new Map<string, { next: Identity; before: string | undefined }>();

/** The one in use: newer than the file's while that cannot be written. @throws Error when not enrolled, or damaged */
export async function readIdentity(stateDir: string): Promise<Identity> {
  const identity = await findIdentity(stateDir);
  const newer = held.get(stateDir);
  // Enrolled anew meanwhile, the host is the one of its file.
  if (newer && newer.before === identity?.certificate) return newer.next;
  held.delete(stateDir);
  if (identity) return identity;
  throw new Error(`this host is not enrolled (no ${join(stateDir, IDENTITY_FILE)}): run \`byo-agent enroll\``);
}

export async function writeIdentity(stateDir: string, identity: Identity): Promise<void> {
  await writeFileDurably(join(stateDir, IDENTITY_FILE), JSON.stringify(identity), { mode: 0o600 });
  held.delete(stateDir);
}

/** Has it used without being written: whoever cannot keep a certificate must not lose the link over it. */
export async function holdIdentity(stateDir: string, next: Identity): Promise<void> {
  held.set(stateDir, { next, before: (await findIdentity(stateDir))?.certificate });
}

/** Writes what is held, if anything is. */
export async function writeHeldIdentity(stateDir: string): Promise<void> {
  const { certificate } = await readIdentity(stateDir);
  const newer = held.get(stateDir)?.next;
  if (newer?.certificate === certificate) await writeIdentity(stateDir, newer);
}

/**
 * Checks an answer of the controller before it is kept: its certificate is for our own key and for the host it names, by
 * an authority it names; with `before`, for the same host as so far. @throws ByoError `Untrusted`
 */
export function checkIdentity(next: Identity, tlsKey: JWK, before?: Identity): void {
  const wrong = findFault(next, privateKeyOf(tlsKey)) ?? (before && findChange(next, before));
  if (wrong === undefined) return;
  throw new ByoError('Untrusted', `the controller's answer cannot be used: ${wrong}`, {
    remedy: 'Look at the controller’s log; it must sign for the keys of this host, and for this host alone',
    retryable: false,
  });
}

/**
 * Checks that the certificate holds by the time of those who will judge it (milliseconds; undefined: they told none). Made by
 * a clock that is wrong, it would be refused at every door, and kept for as long. @throws ByoError `ClockSkew`
 */
export function checkDates({ certificate }: Pick<Identity, 'certificate'>, serverNow: number | undefined): void {
  const made = new X509Certificate(certificate);
  if (serverNow === undefined || isValidAt(made, serverNow)) return;
  const { validFrom, validTo } = made;
  const now = new Date(serverNow).toISOString();
  throw new ByoError('ClockSkew', `the new certificate is for ${validFrom} to ${validTo}, and the gateway has ${now}`, {
    remedy:
      'Set the clocks of controller and gateway right (chrony, systemd-timesyncd); it is asked for again until then',
    retryable: true,
  });
}

/** `now` and `slack` in milliseconds. */
export function isValidAt({ validFromDate, validToDate }: X509Certificate, now: number, slack = 0): boolean {
  return now >= validFromDate.getTime() - slack && now <= validToDate.getTime() + slack;
}

/** The private key as Node's TLS takes it (PEM, PKCS#8). */
export function pemOf(tlsKey: JWK): string {
  return String(privateKeyOf(tlsKey).export({ type: 'pkcs8', format: 'pem' }));
}

function privateKeyOf({ crv, x, y, d }: JWK): KeyObject {
  if (!crv || !x || !y || !d) throw new Error('the TLS key is no private key');
  return createPrivateKey({ key: { kty: 'EC', crv, x, y, d }, format: 'jwk' });
}

function findFault(next: Identity, key: KeyObject): string | undefined {
  const certificate = parseCertificate(next.certificate);
  if (!certificate) return 'its certificate cannot be read';
  if (!certificate.checkPrivateKey(key)) return 'its certificate is for another key';
  const named = parseIdentity(certificate.subjectAltName);
  const isSame = named?.kind === 'host' && named.hostID === next.hostID && named.installation === next.management;
  if (!isSame) return 'its certificate is for another host';
  const isIssued = next.authorities.map(parseCertificate).some((authority) => {
    return authority?.ca === true && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  });
  return isIssued ? undefined : 'its certificate is not by an authority that it names';
}

function findChange(next: Identity, before: Identity): string | undefined {
  const fields = ['management', 'hostID', 'namespace', 'name'] as const;
  const changed = fields.find((field) => next[field] !== before[field]);
  return changed && `its ${changed} is not that of this host`;
}

/** From hostile text. */
function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
