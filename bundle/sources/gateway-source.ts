// Bundles through the gateway: an OCI image layout whose files are asked for by name and byte.
import type { Readable } from 'node:stream';
import { BundleError } from '../errors.ts';
import { ImageIndex } from '../oci.ts';
import { nameBreak, namingBreaks } from './breaks.ts';
import { parseDocument } from '../read/parse-document.ts';
import { readDocumentBytes } from './document-bytes.ts';
import { findTag, hexOf, type BundleSource } from './source.ts';

/** `path` is what follows `/v1/blobs/`; from byte `offset` on. */
type FileRequest = { path: string; offset: number; signal?: AbortSignal | undefined };

/** Reads a file of a layout over whatever link there is; undefined when it is not there. May throw anything. */
export type BlobReader = (request: FileRequest) => Promise<Readable | undefined>;

/** Source for `gateway:///`, the one layout that a gateway serves. @throws BundleError `SourceUnsupported` */
export function openGateway(address: URL, read: BlobReader): BundleSource {
  if (address.host !== '' || !/^\/*$/.test(address.pathname)) {
    throw new BundleError('SourceUnsupported', `no bundle can be read from ${address.href}`);
  }
  return {
    name: address.href,
    async open({ digest, offset = 0, signal }) {
      // Checked before it becomes part of a path.
      hexOf(digest);
      const found = await orInterrupted(() => read({ path: digest, offset, signal }), signal);
      if (found) return namingBreaks(found, { name: 'the gateway', signal });
      throw new BundleError('BlobNotFound', `the gateway has no blob ${digest}`);
    },
    async resolveTag(tag) {
      const found = await orInterrupted(() => read({ path: 'index.json', offset: 0 }));
      if (!found) throw new BundleError('BundleNotFound', `there is no OCI image layout at ${address.href}`);
      const name = `${address.href} index.json`;
      const content = await orInterrupted(() => readDocumentBytes(found, name));
      return findTag(parseDocument(content, ImageIndex, name), tag, address.href);
    },
  };
}

async function orInterrupted<Value>(read: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    throw nameBreak(error, 'the gateway', signal);
  }
}
