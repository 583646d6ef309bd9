// A request that the controller alone can answer, and what its host hears of the answer.
import type { z } from 'zod';
import { Problem, SignedAnswer, type GATEWAY_PATHS, type SignedRequest } from '../../api/gateway.ts';
import { describeError, printable } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import type { ControllerAnswer, ControllerLink } from './controller-link.ts';
import { Refusal, refuse } from './problem.ts';

export type PassedOn = { path: typeof GATEWAY_PATHS.enroll | typeof GATEWAY_PATHS.renew; body: SignedRequest };
export type PassingOn = { controller: ControllerLink; log: Logger };

/** @throws Refusal of the gateway, or the controller's own word for word */
export async function passOn({ controller, log }: PassingOn, { path, body }: PassedOn): Promise<SignedAnswer> {
  try {
    return decideAnswer(await controller.post(path, JSON.stringify(body)));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    log.warn({ error: describeError(error) }, 'the controller does not answer as it should');
    throw refuse('ControllerUnreachable');
  }
}

/** The one word of the controller about a host (`controller/enrollment/`); its others are about this gateway. */
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
