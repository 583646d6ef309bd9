// Enrollment: passed on to the controller, which alone can check it. The gateway only keeps the rate low.
import type { IncomingMessage } from 'node:http';
import { GATEWAY_PATHS, SignedRequest, type SignedAnswer } from '../../api/gateway.ts';
import type { Logger } from '../../common/log.ts';
import { AUDIT_ACTIONS } from '../audit.ts';
import { addressKeysOf, AddressRates } from '../connections/address.ts';
import { RateLimiter, Semaphore, type Limits } from '../limits.ts';
import type { Audit } from '../peer.ts';
import type { ControllerLink } from './controller-link.ts';
import { passOn } from './pass-on.ts';
import { Refusal, refuse } from './problem.ts';
import { readBody } from './read-body.ts';

/** Bytes, of a renewal as well. */
export const MAX_SIGNED_REQUEST = 24 * 1024;

export type EnrollmentOptions = { controller: ControllerLink; limits: Limits; audit: Audit; log: Logger };
export type Enrollment = (request: IncomingMessage, address: string) => Promise<SignedAnswer>;

/** @throws Refusal of the gateway, or the controller's own word for word */
export function createEnrollment(options: EnrollmentOptions): Enrollment {
  const { limits, audit } = options;
  const rates = { perAddress: limits.enrollPerAddress, perNet: limits.enrollPerNet };
  const perAddress = new AddressRates(rates, limits.rateKeys);
  const all = new RateLimiter(limits.enroll);
  const semaphore = new Semaphore(limits.enrollInFlight, limits.enrollInFlight);
  return async (request, address) => {
    try {
      const now = performance.now();
      const wait = perAddress.take(addressKeysOf(address), now) || all.take('', now);
      if (wait > 0) throw refuse('RateExceeded', wait);
      // Read before a slot is taken: a slow sender holds nothing but its own socket.
      const body = await readBody(request, SignedRequest, MAX_SIGNED_REQUEST);
      const answer = await takeSlot(semaphore, '', () => passOn(options, { path: GATEWAY_PATHS.enroll, body }));
      audit({ act: AUDIT_ACTIONS.enroll, outcome: 'allowed', address });
      return answer;
    } catch (error) {
      audit({ act: AUDIT_ACTIONS.enroll, outcome: 'denied', address, why: whyOf(error) });
      throw error;
    }
  };
}

/** Runs while it holds a slot. @throws Refusal `Overloaded` when there is none */
export async function takeSlot<T>(semaphore: Semaphore, key: string, run: () => Promise<T>): Promise<T> {
  const release = semaphore.take(key);
  if (!release) throw refuse('Overloaded');
  try {
    return await run();
  } finally {
    release();
  }
}

/** For the audit trail. */
export function whyOf(error: unknown): string {
  return error instanceof Refusal ? error.problem.reason : 'Failed';
}
