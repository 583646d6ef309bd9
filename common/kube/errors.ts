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
  readonly unreadable: Unreadable;

  constructor(what: string, detail: string) {
    super(`${what} cannot be read: ${detail}. Compare it with the schema (kubectl explain) and correct it`);
    this.name = 'InvalidObjectError';
    this.unreadable = { what, why: detail };
  }
}

/** Members of a list that cannot be read: whoever decides by the list would take them for absent. */
export class UnreadableListError extends Error {
  readonly unreadable: readonly Unreadable[];

  constructor(unreadable: readonly Unreadable[]) {
    super(describeUnreadable(unreadable));
    this.name = 'UnreadableListError';
    this.unreadable = unreadable;
  }
}

/** An object that is there and cannot be read: `what` is kind and name, `why` the first thing that is wrong with it. */
export type Unreadable = { what: string; why: string };

/** Names them, and what to do. */
export function describeUnreadable(unreadable: readonly Unreadable[]): string {
  const [first, ...more] = unreadable;
  const others = more.length > 0 ? ` (and ${more.map(({ what }) => what).join(', ')})` : '';
  return (
    `${first?.what ?? 'an object'} cannot be read: ${first?.why ?? 'unknown shape'}${others}. Nothing is decided meanwhile: ` +
    'update the controller to the release of the kinds, or correct the object (kubectl explain)'
  );
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
