// Refusals of the HTTP API: one table of what is said, with the status and the remedy; never a text of somebody else.
import type { Problem } from '../../api/gateway.ts';
import { InvalidObjectError, KubeError } from '../../common/kube/errors.ts';

/** A refusal on its way to the caller. `retrySeconds` is the least; jitter is added when it is sent. */
export class Refusal extends Error {
  readonly status: number;
  readonly problem: Problem;
  readonly retrySeconds: number | undefined;

  constructor(status: number, problem: Omit<Problem, 'retryAfterSeconds'>, retrySeconds?: number) {
    super(problem.message);
    this.name = 'Refusal';
    this.status = status;
    this.problem = problem;
    this.retrySeconds = retrySeconds;
  }
}

type Text = { status: number; message: string; remedy: string; retrySeconds?: number };

const LATER = 'Try again after retryAfterSeconds';
const UNLESS_ON_PURPOSE =
  'If the host was not revoked on purpose, enroll it anew: byo enroll create NAME --replace HOST; after it was revoked, ' +
  'an administrator does, with --revoked';

/** Every reason that the gateway itself gives. */
const REASONS = {
  NotFound: { status: 404, message: 'there is nothing at this path', remedy: 'Update the agent' },
  MethodNotAllowed: { status: 405, message: 'this path has no such method', remedy: 'Update the agent' },
  BadRequest: { status: 400, message: 'the request has an unknown shape', remedy: 'Update the agent' },
  BodyTooLarge: { status: 413, message: 'the body is too large', remedy: 'Send less' },
  CertificateNeeded: {
    status: 401,
    message: 'this path needs the certificate of a host',
    remedy: 'Enroll the host: byo-agent enroll',
  },
  CertificateRefused: {
    status: 401,
    message: 'the certificate is not one that this management cluster gave to a host',
    remedy:
      'Check the gateway’s address; a host that was enrolled elsewhere is enrolled anew: byo enroll create --replace',
  },
  CertificateOutOfDate: {
    status: 401,
    message: 'the certificate does not hold now, by the clock of the gateway',
    remedy:
      'The agent renews it by itself, whatever its age. If this lasts, compare the clocks of controller and gateway ' +
      '(chrony, systemd-timesyncd); the host keeps its identity, whatever its own clock says',
  },
  HostRevoked: {
    status: 403,
    message: 'the key of this certificate is not pinned to a host',
    remedy: UNLESS_ON_PURPOSE,
  },
  RenewalRefused: {
    status: 403,
    message: 'no host has the key that has signed this renewal',
    remedy: UNLESS_ON_PURPOSE,
  },
  RangeNotSatisfiable: { status: 416, message: 'the blob ends before this range', remedy: 'Ask for it from its start' },
  BlobNotFound: {
    status: 404,
    message: 'the gateway has no such blob',
    remedy: 'Put the bundle into the folder of its option --bundles',
  },
  ReportRefused: {
    status: 400,
    message: 'the API server refuses this report',
    remedy: 'Update the kinds of the management cluster, then the gateway, then the agent',
  },
  RateExceeded: { status: 429, message: 'too many requests', remedy: LATER, retrySeconds: 1 },
  DownloadsBusy: { status: 429, message: 'too many downloads at once', remedy: LATER, retrySeconds: 10 },
  Overloaded: { status: 503, message: 'the gateway has too much to do', remedy: LATER, retrySeconds: 5 },
  NotReady: { status: 503, message: 'the gateway does not know the hosts yet', remedy: LATER, retrySeconds: 5 },
  ControllerUnreachable: {
    status: 503,
    message: 'the controller does not answer',
    remedy: `${LATER}; see the gateway’s log`,
    retrySeconds: 10,
  },
  ApiServerUnreachable: {
    status: 503,
    message: 'the API server does not take this now',
    remedy: `${LATER}; see the gateway’s log`,
    retrySeconds: 5,
  },
  Internal: {
    status: 503,
    message: 'the gateway failed',
    remedy: `${LATER}; see the gateway’s log`,
    retrySeconds: 10,
  },
} satisfies Record<string, Text>;

export type ProblemReason = keyof typeof REASONS;

/** The refusal for a reason; `retrySeconds` when more is known than the table says. */
export function refuse(reason: ProblemReason, retrySeconds?: number): Refusal {
  const { status, message, remedy, ...rest }: Text = REASONS[reason];
  return new Refusal(status, { reason, message, remedy }, retrySeconds ?? rest.retrySeconds);
}

/** What the caller hears of whatever was thrown: faults of the API server by kind, anything else as ours. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof KubeError)) return refuse(error instanceof InvalidObjectError ? 'ReportRefused' : 'Internal');
  if (error.status === 404) return refuse('HostRevoked');
  return refuse(error.status === 400 || error.status === 422 ? 'ReportRefused' : 'ApiServerUnreachable');
}

/** Seconds; enough to spread those who were refused together. A longer wait is a rate that one has used up alone. */
const LONGEST_SPREAD = 10;

/**
 * Status, headers and body. Who is told to come back is told a time up to twice as late (`random` in 0…1), yet by no more
 * than the longest spread, so that those who were refused together do not come back together.
 */
export function toAnswer(refusal: Refusal, random: number): { status: number; body: Problem; retryAfter?: number } {
  const { status, problem, retrySeconds } = refusal;
  if (retrySeconds === undefined) return { status, body: problem };
  const spread = Math.min(retrySeconds, LONGEST_SPREAD) * random;
  const retryAfter = Math.max(1, Math.ceil(retrySeconds + spread));
  return { status, body: { ...problem, retryAfterSeconds: retryAfter }, retryAfter };
}
