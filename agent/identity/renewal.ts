// A fresh certificate and fresh trust at half life; nothing else is touched, the next connection takes them up.
import { randomBytes, X509Certificate } from 'node:crypto';
import type { CryptoKey } from 'jose';
import { GATEWAY_PATHS, SignedAnswer, type RenewRequest } from '../../api/gateway.ts';
import { openAnswer, signRequest } from '../../common/enrollment/messages.ts';
import { ByoError, describeError } from '../../common/errors.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import type { Logger } from '../../common/log.ts';
import { checkDates, checkIdentity, readIdentity, type Identity } from './identity.ts';
import { readKey } from './key-file.ts';
import type { SealingKeys } from './sealing-keys.ts';
import { retryOverLink } from '../link/back-off.ts';
import type { CertificateDoubts } from './certificate-doubts.ts';
import { decideRenewal } from './decide-renewal.ts';
import type { GatewayClient } from '../link/http.ts';
import { keepIdentity } from './keep-identity.ts';
import type { Reachability } from '../link/reachability.ts';
import type { ServerClock } from '../link/server-clock.ts';

export type RenewalOptions = {
  stateDir: string;
  /** Shows the present certificate, also one that has ended: the gateway takes a renewal from its holder all the same. */
  call: GatewayClient;
  clock: ServerClock;
  sealingKeys: SealingKeys;
  log: Logger;
  signal: AbortSignal;
};
export type KeptRenewal = RenewalOptions & { doubts: CertificateDoubts; reachability?: Reachability };

const BACK_OFF = { least: 1000, most: 60_000 };
/** Looked at again at this pace, in milliseconds: the server's clock may have been put right meanwhile. */
const LOOK_EVERY = 60_000;
const NONCE_BYTES = 16;

/** Renews for as long as the agent lives, also what has expired already. Settles when the signal aborts. */
export async function keepRenewing(options: KeptRenewal): Promise<void> {
  const { log, signal, reachability, doubts } = options;
  const onFailure = (error: unknown, wait: number) =>
    log.warn({ wait, error: describeError(error) }, 'the certificate cannot be renewed; trying again');
  let renewedAt: number | undefined;
  try {
    while (!signal.aborted) {
      await waitUntilDue(options, renewedAt);
      await retryOverLink(() => renewIdentity(options), { ...BACK_OFF, signal, onFailure, reachability });
      renewedAt = performance.now();
      doubts.forget();
      reachability?.tellRenewed();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** One renewal. @throws ByoError `GatewayUnreachable`, `EnrolmentRefused`, `Untrusted`, `ClockSkew` */
export async function renewIdentity(options: RenewalOptions): Promise<void> {
  const { sealingKeys, log } = options;
  const next = await renewOnce(options);
  log.info({ validTo: new X509Certificate(next.certificate).validTo }, 'the certificate was renewed');
  if (await sealingKeys.settle(next.sealingKey)) return;
  log.warn('orders are sealed to a key that this host has forgotten, as after a restore; a new one is asked for');
  await sealingKeys.settle((await renewOnce(options)).sealingKey);
}

async function renewOnce({ stateDir, call, clock, sealingKeys, log, signal }: RenewalOptions): Promise<Identity> {
  const before = await readIdentity(stateDir);
  const { privateJwk } = await readKey(stateDir, 'tls');
  const request = await signRequest('renew', await requestOf(before, clock, sealingKeys), privateJwk);
  const { answer } = await call({ method: 'POST', path: GATEWAY_PATHS.renew, body: { request }, signal }, SignedAnswer);
  const next = await openByAny(answer, request, before.authorities);
  checkIdentity(next, privateJwk, before);
  checkDates(next, clock.now());
  await keepIdentity({ stateDir, log, signal }, next);
  return next;
}

/** Older controllers want to be told their own time; of the host's clock nobody asks. */
async function requestOf(before: Identity, clock: ServerClock, sealingKeys: SealingKeys): Promise<RenewRequest> {
  const issuedAt = Math.floor((clock.now() ?? Date.now()) / 1000);
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  const asked = { hostID: before.hostID, issuedAt, nonce };
  const { current, next } = await sealingKeys.prepare();
  if (!next) return asked;
  const { kid: _, ...key } = await parsePublicJwk(JSON.stringify(next.publicJwk));
  // What the controller has told is what it compares with: after a restore that may be a key which is long forgotten here.
  return { ...asked, sealing: { key, replaces: before.sealingKey ?? current.id } };
}

async function waitUntilDue(options: KeptRenewal, renewedAt: number | undefined): Promise<void> {
  const { stateDir, clock, doubts, signal } = options;
  const { certificate } = await readIdentity(stateDir);
  const random = Math.random();
  for (;;) {
    const sinceRenewal = renewedAt === undefined ? undefined : performance.now() - renewedAt;
    const { isRefused } = doubts;
    const wait = decideRenewal({ certificate, random, sinceRenewal, serverNow: clock.now(), isRefused });
    if (wait === 0) return;
    const also = clock.now() === undefined ? [clock.learnt] : [];
    await doubts.wait(Math.min(wait, LOOK_EVERY), signal, ...also);
  }
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
