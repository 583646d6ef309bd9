// Bundles from an OCI registry (distribution-spec 1.1): manifests and blobs by digest, pulled as nobody in particular.
import type { IncomingMessage } from 'node:http';
import { createHash } from 'node:crypto';
import { BundleError } from '../errors.ts';
import { mediaTypes } from '../oci.ts';
import { bodyFrom, rangeFrom } from './http-body.ts';
import { sendHttp, type HttpOptions } from './http-request.ts';
import { assertPlain } from './http-source.ts';
import { readDocumentBytes } from './document-bytes.ts';
import { fetchToken } from './registry-token.ts';
import { hexOf, type BundleSource } from './source.ts';

/** `api`: the address below which the repository's manifests and blobs are, with a slash at its end. */
export type Repository = { readonly name: string; readonly api: URL };

const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

/** What is fetched as a manifest; all else is a blob. */
const MANIFESTS: readonly string[] = [mediaTypes.index, mediaTypes.manifest];

/** `oci://host[:port]/repository` (HTTPS) or `oci+http://…` (HTTP). @throws BundleError `SourceUnsupported` */
export function parseRepository(address: URL): Repository {
  assertPlain(address);
  const repository = address.pathname.replace(/^\/|\/$/g, '');
  if (!REPOSITORY.test(repository)) {
    throw new BundleError(
      'SourceUnsupported',
      `${address.href} names no repository: oci://registry/path in small letters`,
    );
  }
  const protocol = address.protocol === 'oci:' ? 'https' : 'http';
  return { name: address.href, api: new URL(`${protocol}://${address.host}/v2/${repository}/`) };
}

/** A version as a tag: `+`, which tags cannot hold, becomes `_`. */
export function tagOf(version: string): string {
  return version.replaceAll('+', '_');
}

/** Source over one repository of a registry. @throws BundleError `SourceUnsupported` */
export function openRegistry(address: URL, options: HttpOptions = {}): BundleSource {
  const { name, api } = parseRepository(address);
  const send = createPull(api, options);
  return {
    name,
    async open({ digest, mediaType, offset = 0, signal }) {
      hexOf(digest);
      const isManifest = MANIFESTS.includes(mediaType);
      const url = new URL(`${isManifest ? 'manifests' : 'blobs'}/${digest}`, api);
      const accept = isManifest ? { accept: mediaType } : {};
      return bodyFrom(await send(url, { ...accept, ...rangeFrom(offset) }, signal), { url, signal, offset });
    },
    async resolveTag(tag) {
      const url = new URL(`manifests/${encodeURIComponent(tagOf(tag))}`, api);
      const answer = await send(url, { accept: mediaTypes.index });
      if (answer.statusCode === 404) {
        answer.resume();
        throw new BundleError('BundleNotFound', `${name} has no bundle tagged ${tagOf(tag)}`);
      }
      const content = await readDocumentBytes(bodyFrom(answer, { url, offset: 0 }), url.href);
      return `sha256:${createHash('sha256').update(content).digest('hex')}`;
    },
  };
}

type Pull = (url: URL, headers: Record<string, string>, signal?: AbortSignal) => Promise<IncomingMessage>;

/** Asks as nobody; a registry that wants a token from everybody is asked again with one, which is kept for the next. */
function createPull(api: URL, options: HttpOptions): Pull {
  let token: string | undefined;
  return async (url, headers, signal) => {
    const ask = () => {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return sendHttp({ ...options, url, signal, headers: { ...headers, ...authorization } });
    };
    const answer = await ask();
    if (answer.statusCode !== 401) return answer;
    answer.resume();
    token = await fetchToken(answer, { ...options, api, signal });
    return ask();
  };
}
