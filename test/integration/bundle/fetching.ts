// A bundle fetched as a host fetches it, from whatever address, with the link cut in the middle of its largest blob.
import { expect } from 'vitest';
import { chunkBytes, type BundleBlob } from '../../../bundle/oci.ts';
import { verifyBlob, type BlobStore } from '../../../bundle/store/blob-store.ts';
import { ensureBlob } from '../../../bundle/store/ensure-blob.ts';
import type { BlobReader } from '../../../bundle/sources/gateway-source.ts';
import { openBundle, type Bundle } from '../../../bundle/read/open-bundle.ts';
import { openAnySource } from '../../../bundle/sources/open-source.ts';
import { makeFolder } from '../../../bundle/testing/fixtures.ts';

/** What is fetched, and from where. */
export type Fetch = { address: string; digest: string; store: BlobStore; gateway?: BlobReader };

/** The largest blob's bytes as they come in. */
type OnBytes = (done: number) => void;

/** Everything, verified once more where it lies. */
export async function fetchWhole({ address, digest, store, gateway }: Fetch, onBytes?: OnBytes): Promise<Bundle> {
  const source = openAnySource(address, gateway);
  const bundle = await openBundle({ source, digest, platform: 'linux/amd64', version: 'v1.36.3' });
  const largest = largestOf(bundle);
  for (const blob of bundle.blobs) {
    await ensureBlob(store, source, blob, blob === largest && onBytes ? { onBytes } : {});
  }
  for (const blob of bundle.blobs) await verifyBlob(store, blob);
  return bundle;
}

export function largestOf({ blobs }: Bundle): BundleBlob {
  const [largest] = blobs.toSorted((a, b) => b.size - a.size);
  if (!largest) throw new Error('the bundle has no blobs');
  return largest;
}

/** A link that can be cut and mended. */
export type Link = { cut: () => void; mend: () => Promise<void> };

/** Cuts once more than half of the largest blob is there, mends the link and goes on; answers that blob. */
export async function fetchOverCut(fetch: Fetch, link: Link): Promise<BundleBlob> {
  let at = 0;
  const cutLate = (done: number) => {
    if (done > 5e6 && at === 0) {
      at = done;
      link.cut();
    }
  };
  await expect(fetchWhole(fetch, cutLate)).rejects.toMatchObject({ code: 'SourceInterrupted' });
  expect(at).toBeGreaterThan(5e6);
  await link.mend();
  const from: number[] = [];
  const bundle = await fetchWhole(fetch, (done) => from.push(done));
  // What was there before the cut is not fetched again.
  expect(from[0]).toBeGreaterThanOrEqual(at);
  return largestOf(bundle);
}

/** At most one chunk is sent twice. */
export function expectSentOnce(blob: BundleBlob, sent: readonly number[]): void {
  const all = sent.reduce((sum, bytes) => sum + bytes, 0);
  expect(sent.length).toBeGreaterThan(1);
  expect(all).toBeGreaterThanOrEqual(blob.size);
  expect(all).toBeLessThanOrEqual(blob.size + chunkBytes);
}

export async function makeEmptyStore(): Promise<BlobStore> {
  return { dir: await makeFolder() };
}
