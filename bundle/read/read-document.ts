// Reads one JSON document by digest: capped while it arrives, verified before it is parsed.
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { readBounded } from '../../common/bounded-body.ts';
import { BundleError } from '../errors.ts';
import { maxDocumentBytes } from '../oci.ts';
import { parseDocument } from './parse-document.ts';
import type { BundleSource } from '../sources/source.ts';

/** What is asked for; `size` is absent only for the bundle itself, which is known by digest alone. */
export type DocumentRequest = { readonly digest: string; readonly mediaType: string; readonly size?: number };

/** @throws BundleError `BlobTooLarge`, `DigestMismatch`, `NotABundle`, and what the source throws */
export async function readDocument<T extends z.ZodType>(
  source: BundleSource,
  request: DocumentRequest,
  schema: T,
): Promise<{ document: z.infer<T>; size: number }> {
  const bytes = await readVerified(source, request);
  return { document: parseDocument(bytes, schema, request.digest), size: bytes.byteLength };
}

async function readVerified(source: BundleSource, request: DocumentRequest): Promise<Buffer> {
  const limit = request.size ?? maxDocumentBytes;
  if (limit > maxDocumentBytes) throw tooLarge(request, limit);
  const content = await readBounded(await source.open(request), limit, () => tooLarge(request, limit));
  assertDigest(request, `sha256:${createHash('sha256').update(content).digest('hex')}`, content.byteLength);
  return content;
}

/** @throws BundleError `DigestMismatch` naming the blob, what was expected and what came */
export function assertDigest(expected: DocumentRequest, digest: string, size: number): void {
  if (digest === expected.digest && (expected.size ?? size) === size) return;
  const wanted = `${expected.digest}${expected.size === undefined ? '' : ` of ${expected.size} bytes`}`;
  throw new BundleError(
    'DigestMismatch',
    `blob ${expected.digest}: expected ${wanted}, got ${digest} of ${size} bytes`,
  );
}

function tooLarge(request: DocumentRequest, limit: number): BundleError {
  return new BundleError('BlobTooLarge', `document ${request.digest} is larger than ${limit} bytes`);
}
