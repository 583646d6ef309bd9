// Enrolment and renewal: passed on to the controller, which alone can check them. The gateway only keeps the rate low.
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { GATEWAY_PATHS, Problem, SignedAnswer, SignedRequest } from '../../api/gateway.ts';
import { describeError, printable } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { ACTS } from '../audit.ts';
import { addressKeyOf } from '../front/address.ts';
import { RateLimiter, Slots, type Limits } from '../limits.ts';
import type { Audit } from '../peer.ts';
import type { ControllerAnswer, ControllerLink } from './controller-link.ts';
import { Refusal, refuse } from './problem.ts';
import { readBody } from './read-body.ts';

const MAX_BODY = 24 * 1024;

export type EnrolmentOptions = { controller: ControllerLink; limits: Limits; audit: Audit; log: Logger };
export type EnrolmentPath = typeof GATEWAY_PATHS.enroll | typeof GATEWAY_PATHS.renew;
export type Enrolment = (path: EnrolmentPath, request: IncomingMessage, address: string) => Promise<SignedAnswer>;

/** @throws Refusal of the gateway, or the controller's own word for word */
export function createEnrolment(options: EnrolmentOptions): Enrolment {
  const { limits, audit } = options;
  const perAddress = new RateLimiter(limits.enrolPerAddress, limits.rateKeys);
  const all = new RateLimiter(limits.enrol);
  const slots = new Slots(limits.enrolInFlight, limits.enrolInFlight);
  return async (path, request, address) => {
    const act = path === GATEWAY_PATHS.enroll ? ACTS.enrol : ACTS.renew;
    try {
      const now = performance.now();
      const wait = perAddress.take(addressKeyOf(address), now) || all.take('', now);
      if (wait > 0) throw refuse('RateExceeded', wait);
      // Read before a slot is taken: a slow sender holds nothing but its own socket.
      const body = await readBody(request, SignedRequest, MAX_BODY);
      const answer = await forward(options, slots, { path, body: JSON.stringify(body) });
      audit({ act, outcome: 'allowed', address });
      return answer;
    } catch (error) {
      const why = error instanceof Refusal ? error.problem.reason : 'Failed';
      audit({ act, outcome: 'denied', address, why });
      throw error;
    }
  };
}

type Sent = { path: EnrolmentPath; body: string };

async function forward({ controller, log }: EnrolmentOptions, slots: Slots, sent: Sent): Promise<SignedAnswer> {
  const release = slots.take('');
  if (!release) throw refuse('Overloaded');
  try {
    return decideAnswer(await controller.post(sent.path, sent.body));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    log.warn({ error: describeError(error) }, 'the controller does not answer as it should');
    throw refuse('ControllerUnreachable');
  } finally {
    release();
  }
}

/** The one word of the controller about a host (`controller/enrolment/`); its others are about this gateway. */
const ABOUT_THE_HOST = 'EnrolmentRefused';

/** What the host hears of what the controller said. @throws Refusal; Error when it is nothing for a host to hear */
export function decideAnswer({ status, body }: ControllerAnswer): SignedAnswer {
  const answer = status === 200 ? parse(SignedAnswer, body) : undefined;
  if (answer) return answer;
  const problem = parse(Problem, body);
  if (!problem) throw new Error(`it answered ${status} without a shape that we know`);
  const { retryAfterSeconds, ...rest } = problem;
  if (status === 403 && rest.reason === ABOUT_THE_HOST) throw new Refusal(status, rest);
  if (status === 429 || status === 503) throw new Refusal(status, rest, retryAfterSeconds ?? 5);
  throw new Error(`it answered ${status} ${printable(rest.reason, 64)}: ${printable(rest.message)}`);
}

function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON: a proxy's page, or nothing.
    return undefined;
  }
}
