// A line of text with bytes behind it: what may be large travels as it is, and not in base64. Runs in workflows too.

const NEWLINE = 0x0a;

/** `line` has no newline. */
export function joinLine(line: string, bytes: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`${line}\n`);
  const joined = new Uint8Array(head.length + bytes.length);
  joined.set(head);
  joined.set(bytes, head.length);
  return joined;
}

/** Undefined where there is no line. */
export function splitLine(joined: Uint8Array): { line: string; bytes: Uint8Array } | undefined {
  const end = joined.indexOf(NEWLINE);
  if (end < 0) return undefined;
  return { line: new TextDecoder().decode(joined.subarray(0, end)), bytes: joined.subarray(end + 1) };
}
