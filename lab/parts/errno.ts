// Tells a system error by its code, never by its words.

/** Whether `error` is a Node.js system error with this code, such as ENOENT. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
