// Bundles through the gateway: an OCI image layout whose files are asked for by name and byte.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { BundleError } from '../errors.ts';
import { ImageIndex, maxDocumentBytes } from '../oci.ts';
import { parseDocument } from './parse-document.ts';
import { findTag, hexOf, type BundleSource } from './source.ts';

/** `path` is what follows `/v1/blobs/`; from byte `offset` on. */
export type FileRequest = { path: string; offset: number; signal?: AbortSignal | undefined };

/** Reads a file of a layout over whatever link there is; undefined when it is not there. May throw anything. */
export type BlobReader = (request: FileRequest) => Promise<Readable | undefined>;

const FOLDER = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** Source for `gateway:///` and, for a layout in a folder of the gateway's, `gateway:///folder`. @throws BundleError `SourceUnsupported` */
export function openGateway(address: URL, read: BlobReader): BundleSource {
  const folder = address.pathname.replace(/^\/+|\/+$/g, '');
  if (address.host !== '' || (folder !== '' && !FOLDER.test(folder))) {
    throw new BundleError('SourceUnsupported', `no bundle can be read from ${address.href}`);
  }
  const prefix = folder === '' ? '' : `${folder}/`;
  return {
    name: address.href,
    async open({ digest, offset = 0, signal }) {
      // Checked before it becomes part of a path.
      hexOf(digest);
      const found = await orInterrupted(() => read({ path: `${prefix}${digest}`, offset, signal }), signal);
      if (found) return Readable.from(nameBreaks(found, signal));
      throw new BundleError('BlobNotFound', `the gateway has no blob ${digest}`);
    },
    async resolveTag(tag) {
      const found = await orInterrupted(() => read({ path: `${prefix}index.json`, offset: 0 }));
      if (!found) throw new BundleError('BundleNotFound', `there is no OCI image layout at ${address.href}`);
      const content = await orInterrupted(() => buffer(bounded(found)));
      return findTag(parseDocument(content, ImageIndex, `${address.href} index.json`), tag, address.href);
    },
  };
}

/** A link that breaks in the middle is a source that was interrupted: what came is kept. */
async function* nameBreaks(content: Readable, signal?: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for await (const part of content) yield Buffer.from(part);
  } catch (error) {
    throw interrupted(error, signal);
  }
}

async function* bounded(content: Readable): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const part of content) {
    const bytes = Buffer.from(part);
    size += bytes.length;
    if (size > maxDocumentBytes) throw new BundleError('BlobTooLarge', 'index.json of the gateway is too large');
    yield bytes;
  }
}

async function orInterrupted<Value>(read: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    throw interrupted(error, signal);
  }
}

function interrupted(error: unknown, signal?: AbortSignal): unknown {
  if (error instanceof BundleError || signal?.aborted) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new BundleError('SourceInterrupted', `the gateway was interrupted: ${why}`, { cause: error });
}
