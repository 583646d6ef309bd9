// Ranges of bytes (RFC 9110, 14): one `bytes=` range, or the whole.

/** `whole`: answer 200; `part`: answer 206 with bytes `start` to `end`, both included; `none`: answer 416. */
export type Range = { kind: 'whole' } | { kind: 'part'; start: number; end: number } | { kind: 'none' };

const PATTERN = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/;

/** A range that we do not understand, several at once among them, is ignored as the RFC allows. */
export function decideRange(header: string | undefined, size: number): Range {
  const match = PATTERN.exec(header ?? '');
  if (!match) return { kind: 'whole' };
  const [, first, last, suffix] = match;
  const start = first === undefined ? Math.max(0, size - Number(suffix)) : Number(first);
  if (last && Number(last) < start) return { kind: 'whole' };
  const end = last ? Math.min(Number(last), size - 1) : size - 1;
  return start <= end ? { kind: 'part', start, end } : { kind: 'none' };
}
