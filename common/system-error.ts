// System errors are told by their code, never by their words.

/** The code of a Node.js system error (`ENOENT`, …); undefined for any other thing that was thrown. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A system error of one of these codes, e.g. `EEXIST`. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes(systemErrorCode(error) ?? '');
}

/** The path, or a folder on the way to it, does not exist. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ENOTDIR');
}
