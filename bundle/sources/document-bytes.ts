// The whole of a small answer, and no more than that.
import { readBounded } from '../../common/bounded-body.ts';
import { BundleError } from '../errors.ts';
import { maxDocumentBytes } from '../oci.ts';
import type { Pieces } from '../store/pieces.ts';

/** All bytes of a document. @throws BundleError `BlobTooLarge` beyond `limit` bytes; what the source throws */
export function readDocumentBytes(content: Pieces, name: string, limit = maxDocumentBytes): Promise<Buffer> {
  return readBounded(content, limit, () => new BundleError('BlobTooLarge', `${name} is larger than ${limit} bytes`));
}
