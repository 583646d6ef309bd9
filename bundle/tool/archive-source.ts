// An oci-archive (a tar of an OCI layout) as a bundle source: entries are found once and read in place, never unpacked.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { BundleError } from '../errors.ts';
import { ImageIndex, maxDocumentBytes } from '../oci.ts';
import { parseDocument } from '../read/parse-document.ts';
import { findTag, hexOf, openFolder, readLayoutIndex, type BundleSource } from '../sources/source.ts';

/** An image layout to take images from. */
export type ImageLayout = { readonly source: BundleSource; readonly index: ImageIndex };

type Span = { readonly start: number; readonly size: number };

/** Opens an oci-archive, or a folder that holds an OCI layout. @throws BundleError `InvalidInput`, `NotABundle` */
export async function openImageLayout(path: string): Promise<ImageLayout> {
  const about = await stat(path).catch((error: unknown) => {
    throw new BundleError('InvalidInput', `image archive ${path} cannot be read`, { cause: error });
  });
  if (about.isDirectory()) return { source: openFolder(path), index: await readLayoutIndex(path) };
  const spans = await findEntries(path);
  const index = parseDocument(await readIndex(path, spans), ImageIndex, `index.json of ${path}`);
  const open = async (request: { digest: string; offset?: number }): Promise<Readable> => {
    const span = spans.get(`blobs/sha256/${hexOf(request.digest)}`);
    if (!span) throw new BundleError('BlobNotFound', `${path} has no blob ${request.digest}`);
    return readSpan(path, span, request.offset ?? 0);
  };
  return { source: { name: path, open, resolveTag: async (tag) => findTag(index, tag, path) }, index };
}

/** Where each regular file of the tar stands; names are keys only, nothing is ever written by them. */
async function findEntries(path: string): Promise<Map<string, Span>> {
  const spans = new Map<string, Span>();
  const extractor = extract();
  extractor.on('entry', (header, stream, next) => {
    const start = 'byteOffset' in header && typeof header.byteOffset === 'number' ? header.byteOffset : 0;
    if (header.type === 'file') spans.set(header.name.replace(/^\.\//, ''), { start, size: header.size });
    stream.on('end', () => next());
    stream.resume();
  });
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), extractor);
  } catch (error) {
    throw new BundleError('InvalidInput', `${path} is not an uncompressed oci-archive`, { cause: error });
  }
  return spans;
}

async function readIndex(path: string, spans: ReadonlyMap<string, Span>): Promise<Buffer> {
  const span = spans.get('index.json');
  if (!span || span.size > maxDocumentBytes) {
    throw new BundleError(
      'InvalidInput',
      `${path} has no index.json: save the image as oci-archive, not docker-archive`,
    );
  }
  return Buffer.concat(await readSpan(path, span, 0).toArray());
}

function readSpan(path: string, span: Span, offset: number): Readable {
  if (offset >= span.size) return Readable.from([], { objectMode: false });
  return createReadStream(path, { start: span.start + offset, end: span.start + span.size - 1 });
}
