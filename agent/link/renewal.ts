// A fresh certificate and fresh trust at half life; nothing else is touched, the next connection takes them up.
import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { CryptoKey } from 'jose';
import { GATEWAY_PATHS, SignedAnswer, type RenewRequest } from '../../api/gateway.ts';
import { openAnswer, signRequest } from '../../common/enrolment/messages.ts';
import { ByoError, describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { checkIdentity, readIdentity, writeIdentity, type Identity } from '../keys/identity.ts';
import { readKey } from '../keys/key-file.ts';
import { retryForever } from './back-off.ts';
import { dialAs, type DialOptions } from './dial.ts';
import { createGatewayClient } from './http.ts';
import type { Reachability } from './reachability.ts';

export type RenewalOptions = DialOptions & {
  stateDir: string;
  reachability?: Reachability;
  log: Logger;
  signal: AbortSignal;
};

const BACK_OFF = { least: 1000, most: 60_000 };
/** Looked at again at this pace, in milliseconds: a timer of hours would not see that the clock was set. */
const LOOK_EVERY = 60_000;

/** Milliseconds since the epoch: half of the certificate's life, a fifth of that sooner or later; `random` in [0, 1). */
export function decideRenewal({ certificate }: Pick<Identity, 'certificate'>, random: number): number {
  const { validFrom, validTo } = new X509Certificate(certificate);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return from + ((to - from) / 2) * (0.8 + 0.4 * random);
}

/** Renews for as long as the agent lives, also what has expired already. Settles when the signal aborts. */
export async function keepRenewing(options: RenewalOptions): Promise<void> {
  const { log, signal, stateDir, reachability } = options;
  const onFailure = (error: unknown, wait: number) =>
    log.warn({ wait, error: describeError(error) }, 'the certificate cannot be renewed; trying again');
  try {
    while (!signal.aborted) {
      await waitUntilDue(stateDir, signal);
      await retryForever(() => renewIdentity(options), { ...BACK_OFF, signal, onFailure, reachability });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** One renewal. @throws ByoError `GatewayUnreachable`, `EnrolmentRefused`, `Untrusted` */
export async function renewIdentity(options: RenewalOptions): Promise<void> {
  const { stateDir, signal } = options;
  const before = await readIdentity(stateDir);
  const { privateJwk } = await readKey(stateDir, 'tls');
  const payload: RenewRequest = { hostID: before.hostID, issuedAt: Math.floor(Date.now() / 1000) };
  const request = await signRequest('renew', payload, privateJwk);
  // As nobody: an expired certificate would be one reason more to be refused.
  const call = createGatewayClient(dialAs(options, { ca: before.authorities, installation: before.management }));
  const { answer } = await call({ method: 'POST', path: GATEWAY_PATHS.renew, body: { request }, signal }, SignedAnswer);
  const next = await openByAny(answer, request, before.authorities);
  checkIdentity(next, privateJwk, before);
  await writeIdentity(stateDir, next);
  options.log.info({ validTo: new X509Certificate(next.certificate).validTo }, 'the certificate was renewed');
}

async function waitUntilDue(stateDir: string, signal: AbortSignal): Promise<void> {
  const due = decideRenewal(await readIdentity(stateDir), Math.random());
  while (Date.now() < due) await delay(Math.min(due - Date.now(), LOOK_EVERY), undefined, { signal });
}

/** By the present authority or the next: one of those that this host trusts already. */
async function openByAny(answer: string, request: string, authorities: string[]): Promise<Identity> {
  let refused: unknown;
  for (const pem of authorities) {
    try {
      return await openAnswer(answer, request, await publicKeyOf(pem));
    } catch (error) {
      if (!(error instanceof ByoError)) throw error;
      refused = error;
    }
  }
  throw refused;
}

/** The key of a CA certificate as `openAnswer` takes it. */
export function publicKeyOf(authority: string): Promise<CryptoKey> {
  const spki = new X509Certificate(authority).publicKey.export({ type: 'spki', format: 'der' });
  return crypto.subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']);
}
