// What somebody else sends, whole and never more than a bound.

/** All bytes. @throws what `tooLarge` makes as soon as `limit` bytes are passed: the rest is not kept */
export async function readBounded(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limit: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of content) {
    size += part.byteLength;
    if (size > limit) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}
