// The question and its answer: the token proves both keys, the CA of the pin signs who this host is from now on.
import { GATEWAY_PATHS, SignedAnswer, type EnrollRequest } from '../../api/gateway.ts';
import { openAnswer, signRequest } from '../../common/enrollment/messages.ts';
import { macOf, type Token } from '../../common/enrollment/token.ts';
import { ByoError } from '../../common/errors.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import type { KeyPair } from '../../common/keys/sealing.ts';
import { checkDates, checkIdentity, type Identity } from './identity.ts';
import { retryOverLink } from '../link/back-off.ts';
import { dialAs, type DialOptions } from '../link/dial.ts';
import { createGatewayClient } from '../link/http.ts';
import { publicKeyOf } from './renewal.ts';
import { ServerClock } from '../link/server-clock.ts';
import { fetchAuthority } from './find-authority.ts';

export type HostKeys = { tls: KeyPair; sealing: KeyPair };
export type Asking = DialOptions & {
  pin: string;
  signal: AbortSignal;
  /** Told of each try that failed and is made again. */
  onRetry: (error: unknown, waitMilliseconds: number) => void;
};

const BACK_OFF = { least: 1000, most: 60_000 };

/** The request of this host: the same for as long as its keys and the token are the same. */
export async function makeRequest(token: Token, keys: HostKeys, hostname: string): Promise<string> {
  const { namespace, enrollment, macKey } = token;
  const { kid: _, ...sealingKey } = await parsePublicJwk(JSON.stringify(keys.sealing.publicJwk));
  const mac = macOf(macKey, { namespace, enrollment, tlsKey: keys.tls.id, sealingKey: keys.sealing.id });
  const payload: EnrollRequest = { namespace, enrollment, sealingKey, hostname, mac };
  return signRequest('enroll', payload, keys.tls.privateJwk);
}

/**
 * Asks until there is an answer: one that was lost on the way is given again to the same keys.
 * @throws ByoError `Untrusted`, `EnrolmentRefused`, for good; the signal's reason when aborted
 */
export async function requestIdentity(asking: Asking, request: string, keys: HostKeys): Promise<Identity> {
  const attempt = () => unlessFinal(() => askOnce(asking, request, keys));
  const result = await retryOverLink(attempt, { ...BACK_OFF, signal: asking.signal, onFailure: asking.onRetry });
  if ('refused' in result) throw result.refused;
  return result.value;
}

async function askOnce(asking: Asking, request: string, keys: HostKeys): Promise<Identity> {
  const authority = await fetchAuthority(asking, asking.pin, asking.signal);
  const clock = new ServerClock();
  const call = createGatewayClient(dialAs(asking, { ca: [authority] }), { onAnswer: (dated) => clock.learn(dated) });
  const { signal } = asking;
  const { answer } = await call(
    { method: 'POST', path: GATEWAY_PATHS.enroll, body: { request }, signal },
    SignedAnswer,
  );
  const identity = await openAnswer(answer, request, await publicKeyOf(authority));
  checkIdentity(identity, keys.tls.privateJwk);
  checkDates(identity, clock.now());
  return identity;
}

/** A "no" is an answer too: it ends the trying. */
async function unlessFinal<Value>(ask: () => Promise<Value>): Promise<{ value: Value } | { refused: ByoError }> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (error instanceof ByoError && !error.retryable) return { refused: error };
    throw error;
  }
}
