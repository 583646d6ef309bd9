// Puts bundles of a folder into a registry (distribution-spec 1.1): blobs first, then the manifests that name them, the
// tag last, so that whoever reads the tag finds all of it.
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { annotationKeys, ImageIndex, ImageManifest, mediaTypes, type Descriptor } from '../oci.ts';
import { BundleError } from '../errors.ts';
import { readBlob, verifyBlob, type BlobStore } from '../store/blob-store.ts';
import { refusalOf } from '../sources/http-body.ts';
import { sendHttp, type HttpRequest } from '../sources/http-request.ts';
import { readDocument } from '../read/read-document.ts';
import { parseRepository, tagOf } from '../sources/registry-source.ts';
import { openFolder, readLayoutIndex } from '../sources/source.ts';

/** `repository` as a K8sInstallerConfig names it: `oci://registry/repository`; `digest`: this bundle alone. */
export type PushOptions = {
  readonly folder: string;
  readonly repository: URL;
  readonly digest?: string | undefined;
  readonly onProgress?: (line: string) => void;
};

/** A bundle that the registry has now, by its tag and digest. */
export type Pushed = { readonly tag: string; readonly digest: string };

type Work = { readonly api: URL; readonly folder: string; readonly store: BlobStore; report(line: string): void };

/** What the registry has already is not sent again. @throws BundleError; a registry that wants a login refuses */
export async function pushBundles({ folder, repository, digest, onProgress }: PushOptions): Promise<Pushed[]> {
  const { api } = parseRepository(repository);
  const work = { api, folder, store: { dir: join(folder, 'blobs') }, report: onProgress ?? (() => undefined) };
  const wanted = (await readLayoutIndex(folder)).manifests.filter((entry) => (digest ?? entry.digest) === entry.digest);
  const pushed: Pushed[] = [];
  for (const entry of wanted) {
    const version = entry.annotations?.[annotationKeys.reference];
    if (entry.mediaType !== mediaTypes.index || version === undefined) continue;
    await pushIndex(work, entry, tagOf(version));
    pushed.push({ tag: tagOf(version), digest: entry.digest });
  }
  if (pushed.length === 0)
    throw new BundleError('BundleNotFound', `${folder} holds no bundle ${digest ?? ''}`.trimEnd());
  return pushed;
}

async function pushIndex(work: Work, entry: Descriptor, tag: string): Promise<void> {
  const source = openFolder(work.folder);
  const { document } = await readDocument(source, entry, ImageIndex);
  for (const image of document.manifests) {
    const manifest = (await readDocument(source, image, ImageManifest)).document;
    for (const blob of [manifest.config, ...manifest.layers]) await ensurePushed(work, blob);
    await putManifest(work, image, image.digest);
  }
  await putManifest(work, entry, tag);
}

async function ensurePushed(work: Work, blob: Descriptor): Promise<void> {
  const url = new URL(`blobs/${blob.digest}`, work.api);
  if ((await ask({ method: 'HEAD', url }, [200, 404])).statusCode === 200) return;
  await verifyBlob(work.store, blob);
  const begin = { method: 'POST', url: new URL('blobs/uploads/', work.api), headers: { 'content-length': 0 } } as const;
  const { headers } = await ask(begin, [202]);
  const upload = new URL(headers.location ?? '', work.api);
  // What is uploaded goes where the person who typed the address meant it to go.
  if (upload.origin !== work.api.origin) throw new BundleError('SourceRefused', `uploads are sent to ${upload.origin}`);
  upload.searchParams.set('digest', blob.digest);
  const content = { 'content-type': 'application/octet-stream', 'content-length': blob.size };
  await ask({ method: 'PUT', url: upload, headers: content, body: readBlob(work.store, blob) }, [201]);
  work.report(`blob ${blob.digest}: ${(blob.size / 1e6).toFixed(1)} MB`);
}

async function putManifest(work: Work, { digest, size, mediaType }: Descriptor, reference: string): Promise<void> {
  const url = new URL(`manifests/${encodeURIComponent(reference)}`, work.api);
  const headers = { 'content-type': mediaType, 'content-length': size };
  await ask({ method: 'PUT', url, headers, body: readBlob(work.store, { digest, size, mediaType }) }, [201]);
}

/** @throws BundleError for an answer that is none of these */
async function ask(request: HttpRequest, accepted: readonly number[]): Promise<IncomingMessage> {
  const answer = await sendHttp(request);
  answer.resume();
  if (accepted.includes(answer.statusCode ?? 0)) return answer;
  throw refusalOf(answer, request);
}
