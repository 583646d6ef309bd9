// Where the bytes of a bundle come from; a folder here, the others beside it (open-source.ts).
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BundleError } from '../errors.ts';
import { hasCode } from '../../common/system-error.ts';
import { annotationKeys, Digest, ImageIndex, maxDocumentBytes } from '../oci.ts';
import { namingBreaks } from './breaks.ts';
import { parseDocument } from '../read/parse-document.ts';
import { readPieces, type Pieces } from '../store/pieces.ts';

/** One read of one blob: from `offset` (bytes, default 0) to its end. A source may answer with wrong or endless bytes. */
type BlobRequest = {
  readonly digest: string;
  readonly mediaType: string;
  readonly offset?: number;
  readonly signal?: AbortSignal;
};

/** Gives bytes and promises nothing about them: whoever reads verifies. */
export type BundleSource = {
  /** For people: the address. */
  readonly name: string;
  /** @throws BundleError `BlobNotFound`, `SourceInterrupted` */
  open(request: BlobRequest): Promise<Pieces>;
  /** Digest a tag (a Kubernetes version) names now. @throws BundleError `BundleNotFound`, `NotABundle` */
  resolveTag(tag: string): Promise<string>;
};

/** An address as it may be shown: whoever wrote a password or a token into it did not mean it for statuses and logs. */
export function nameAddress(address: string): string {
  return address.replace(/\/\/[^/]*@/, '//').replace(/[?#].*$/, '');
}

/** Source for a bundle address: `file:///folder` or an absolute path. @throws BundleError `SourceUnsupported` */
export function openSource(address: string): BundleSource {
  // A relative path would turn a registry address into a folder that happens not to exist.
  if (isAbsolute(address)) return openFolder(address);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'file:' || url.host !== '' || /%2f/i.test(url.pathname)) {
    throw new BundleError('SourceUnsupported', `no bundle can be read from ${nameAddress(address)}`);
  }
  return openFolder(fileURLToPath(url));
}

/** Source over an OCI image layout in a folder. */
export function openFolder(folder: string): BundleSource {
  return {
    name: folder,
    open: (request) => openBlobFile(join(folder, 'blobs', 'sha256', hexOf(request.digest)), request),
    resolveTag: async (tag) => findTag(await readLayoutIndex(folder), tag, folder),
  };
}

/** index.json of a layout: unverified by nature, it only says which digests there are. */
export async function readLayoutIndex(folder: string): Promise<ImageIndex> {
  const path = join(folder, 'index.json');
  try {
    if ((await stat(path)).size > maxDocumentBytes) throw new BundleError('BlobTooLarge', `${path} is too large`);
    return parseDocument(await readFile(path), ImageIndex, path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new BundleError('BundleNotFound', `there is no OCI image layout in ${folder}`, { cause: error });
  }
}

/** Digest of the manifest that carries this tag. @throws BundleError `BundleNotFound` */
export function findTag(index: ImageIndex, tag: string, name: string): string {
  const found = index.manifests.find((manifest) => manifest.annotations?.[annotationKeys.reference] === tag);
  if (found) return found.digest;
  const tags = index.manifests.map((manifest) => manifest.annotations?.[annotationKeys.reference] ?? manifest.digest);
  throw new BundleError('BundleNotFound', `${name} has no bundle tagged ${tag}; it has ${tags.join(', ') || 'none'}`);
}

/** Hex part of a digest, checked first, since it becomes a file name. @throws BundleError `NotABundle` */
export function hexOf(digest: string): string {
  if (!Digest.safeParse(digest).success) throw new BundleError('NotABundle', `${digest} is not a sha256 digest`);
  return digest.slice('sha256:'.length);
}

async function openBlobFile(path: string, request: BlobRequest): Promise<Pieces> {
  // Looked at before opening: opening a FIFO would wait for a writer for ever.
  const found = await stat(path).catch((error: unknown) => {
    throw new BundleError('BlobNotFound', `blob ${request.digest} cannot be read from ${path}`, { cause: error });
  });
  if (!found.isFile()) throw new BundleError('BlobNotFound', `${path} is not a regular file`);
  const { offset = 0, signal } = request;
  return namingBreaks(readPieces(path, offset), { name: path, signal });
}
