// The whole of a small answer, and no more than that.
import { BundleError } from '../errors.ts';
import { maxDocumentBytes } from '../oci.ts';
import type { Pieces } from '../store/pieces.ts';

/** All bytes of a document. @throws BundleError `BlobTooLarge` beyond `limit` bytes; what the source throws */
export async function readBounded(content: Pieces, name: string, limit = maxDocumentBytes): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of content) {
    const bytes = Buffer.from(part);
    size += bytes.length;
    if (size > limit) throw new BundleError('BlobTooLarge', `${name} is larger than ${limit} bytes`);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
