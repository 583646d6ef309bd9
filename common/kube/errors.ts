// What can go wrong between us and an API server, told apart by status and reason, never by message text.

/**
 * An answer of the API server that is not success, or no answer at all (`status` 0).
 * `reason` is `metav1.Status.reason` (NotFound, Conflict, AlreadyExists, …) or `Unreachable`.
 */
export class KubeError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'KubeError';
    this.status = status;
    this.reason = reason;
  }
}

/** A stored object that does not have the shape we read: surfaced with its name, it never stops a loop. */
export class InvalidObjectError extends Error {
  constructor(what: string, detail: string) {
    super(`${what} cannot be read: ${detail}. Compare it with the schema (kubectl explain) and correct it`);
    this.name = 'InvalidObjectError';
    this.name = 'InvalidObjectError';
  }
}

/** The object is not there (404, reason NotFound); a kind that is not served at all is not this. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404 && error.reason === 'NotFound';
}

/** Somebody else wrote first (409, reason Conflict): read again and decide anew. */
export function isConflict(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409 && error.reason === 'Conflict';
}

/** An object of that name exists (409, reason AlreadyExists). */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof KubeError && error.status === 409 && error.reason === 'AlreadyExists';
}

/** The watch's resourceVersion is too old (410): list anew. */
export function isExpired(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 410 || error.reason === 'Expired');
}

/** No answer: network, TLS, timeout. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof KubeError && error.status === 0;
}
