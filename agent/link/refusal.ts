// Why the gateway could not be spoken to, or what it refused.
import { Problem } from '../../api/gateway.ts';
import { ByoError, describeError, printable } from '../../common/errors.ts';

/** The status by which a gateway refuses the certificate of the connection. */
export const CERTIFICATE_REFUSED = 401;

/** The longest wait that a gateway can ask for, in seconds: a broken one must not send its hosts away for good. */
const LONGEST_RETRY_AFTER = 600;

/** An answer that is no success. `retryable` tells overload and outage from a "no" that will stay one. */
export class GatewayRefusal extends ByoError {
  readonly status: number;
  /** When to come back at the earliest, in seconds. */
  readonly retryAfterSeconds: number;

  constructor(status: number, problem: Problem) {
    const isPassing = status >= 500 || status === 429 || status === 408;
    super(isPassing ? 'GatewayUnreachable' : 'EnrolmentRefused', `the gateway answered ${status}: ${problem.message}`, {
      remedy: problem.remedy,
      retryable: isPassing,
    });
    this.status = status;
    this.retryAfterSeconds = Math.min(problem.retryAfterSeconds ?? 0, LONGEST_RETRY_AFTER);
  }
}

/** An answer as it came; `retryAfter` is the header (RFC 9110 §10.2.3; of its two forms the one in seconds). */
export type RawRefusal = { status: number; body: string; retryAfter?: string | undefined };

/** Whatever text it holds is made fit for a log. */
export function refusalOf({ status, body, retryAfter }: RawRefusal): GatewayRefusal {
  const unknown: Problem = {
    reason: 'Unknown',
    message: body.trim() || 'nothing more',
    remedy: 'Look at the gateway’s log',
  };
  const problem = parseProblem(body) ?? unknown;
  const seconds = Number(retryAfter ?? 0);
  const fromHeader = Number.isFinite(seconds) ? Math.max(seconds, 0) : 0;
  return new GatewayRefusal(status, {
    reason: problem.reason,
    message: printable(problem.message, 300),
    remedy: printable(problem.remedy, 300),
    retryAfterSeconds: Math.max(problem.retryAfterSeconds ?? 0, fromHeader),
  });
}

/** A connection that could not be made or broke: it is tried again. */
export function unreachable(what: string, cause: unknown): ByoError {
  return new ByoError('GatewayUnreachable', printable(`${what}: ${describeError(cause)}`), {
    remedy: 'Check that the gateway runs and that this host may reach its port; it is tried again',
    retryable: true,
    cause,
  });
}

function parseProblem(body: string): Problem | undefined {
  try {
    return Problem.parse(JSON.parse(body));
  } catch {
    // A proxy or another server answered: its text is shown as it is.
    return undefined;
  }
}
