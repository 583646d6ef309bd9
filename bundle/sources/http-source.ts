// Bundles from a web server: an OCI image layout as plain files, as any server gives them.
import { BundleError } from '../errors.ts';
import { ImageIndex } from '../oci.ts';
import { bodyFrom, rangeFrom } from './http-body.ts';
import { sendHttp, type HttpOptions } from './http-request.ts';
import { parseDocument } from '../read/parse-document.ts';
import { readDocumentBytes } from './document-bytes.ts';
import { findTag, hexOf, type BundleSource } from './source.ts';

/** Source for `http://` and `https://server/folder`, the folder that holds index.json. @throws BundleError `SourceUnsupported` */
export function openHttp(address: URL, options: HttpOptions = {}): BundleSource {
  assertPlain(address);
  const base = new URL(address.href.replace(/\/*$/, '/'));
  const name = address.href;
  const get = async (path: string, offset: number, signal?: AbortSignal) => {
    const url = new URL(path, base);
    const answer = await sendHttp({ ...options, url, signal, headers: rangeFrom(offset) });
    return bodyFrom(answer, { url, signal, offset });
  };
  return {
    name,
    open: ({ digest, offset = 0, signal }) => get(`blobs/sha256/${hexOf(digest)}`, offset, signal),
    async resolveTag(tag) {
      const index = await get('index.json', 0).catch(nameMissing);
      return findTag(parseDocument(await readDocumentBytes(index, `${name} index.json`), ImageIndex, name), tag, name);
    },
  };
  function nameMissing(error: unknown): never {
    if (!(error instanceof BundleError) || error.code !== 'BlobNotFound') throw error;
    throw new BundleError('BundleNotFound', `there is no OCI image layout at ${name}`, { cause: error });
  }
}

/** An address is shown wherever a source is named: it must hold no secret. @throws BundleError `SourceUnsupported` */
export function assertPlain({ protocol, host, username, password, search, hash }: URL): void {
  if (host !== '' && [username, password, search, hash].every((part) => part === '')) return;
  const told = `an address of a bundle (${protocol}//${host}) holds a server and a path, and no user, password or query`;
  throw new BundleError('SourceUnsupported', told);
}
