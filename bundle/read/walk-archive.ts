// Walks a tar+gzip stream entry by entry, every header checked and every byte counted before anyone sees it.
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { systemErrorCode } from '../../common/system-error.ts';
import { feedStream } from '../../common/feed-stream.ts';
import { BundleError } from '../errors.ts';
import { checkEntry, type ArchiveLimits, type CheckedEntry } from './check-entry.ts';
import type { Pieces } from '../store/pieces.ts';

type Entry = Extract extends AsyncIterable<infer Item> ? Item : never;

/** Receives each regular file in archive order; must read `stream` to its end. */
export type OnEntry = (entry: ArchiveFile) => Promise<void>;

/** One regular file: `path` relative to `/`, `mode` 0755 or 0644, `size` in bytes. */
export type ArchiveFile = Omit<CheckedEntry, 'type'> & { readonly stream: Pieces };

/** `onEntry` absent: only check. */
export type ArchiveWalk = {
  readonly content: Pieces;
  readonly allow: readonly string[];
  readonly limits: ArchiveLimits;
  readonly onEntry?: OnEntry;
};

/** @throws BundleError `UnsafeArchive`; whatever `onEntry` throws, unchanged */
export async function walkArchive(walk: ArchiveWalk): Promise<void> {
  const extractor = extract();
  // Settled on both ways and read below: the loop reports what it decides, this reports what the stream broke on.
  const flow = inflate(walk, extractor).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const broken = await visitEntries(extractor, walk).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (broken) extractor.destroy();
  const failed = [broken, await flow].find((found) => found !== undefined);
  if (failed) throw nameArchiveError(failed.error);
}

async function inflate({ content, limits }: ArchiveWalk, into: Extract): Promise<void> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const feed = async (): Promise<void> => {
    const broken = await feedStream(gunzip, content);
    if (broken) gunzip.destroy(broken.failure instanceof Error ? broken.failure : new Error(String(broken.failure)));
  };
  await Promise.all([pipeline(gunzip, countBytes(limits.totalBytes), into), feed()]);
}

async function visitEntries(extractor: AsyncIterable<Entry>, walk: ArchiveWalk): Promise<void> {
  const seen = new Set<string>();
  let entries = 0;
  for await (const entry of extractor) {
    entries += 1;
    if (entries > walk.limits.entries) {
      throw new BundleError('UnsafeArchive', `the archive has more than ${walk.limits.entries} entries`);
    }
    const checked = checkEntry(entry.header, walk.allow, walk.limits);
    if (checked.type === 'file' && seen.has(checked.path)) {
      throw new BundleError('UnsafeArchive', `the archive holds ${checked.path} twice`);
    }
    seen.add(checked.path);
    if (checked.type === 'file' && walk.onEntry) await handOut(entry, checked, walk.onEntry);
    else entry.resume();
  }
}

/** A file not read to its end would stand half-written on the host, so that is an error of the reader. */
async function handOut(entry: Entry, checked: CheckedEntry, onEntry: OnEntry): Promise<void> {
  const { path, mode, size } = checked;
  let read = 0;
  async function* count(): AsyncGenerator<Uint8Array> {
    for await (const part of entry) {
      if (!(part instanceof Uint8Array)) throw new TypeError(`${path} is not bytes`);
      read += part.byteLength;
      yield part;
    }
  }
  await onEntry({ path, mode, size, stream: count() });
  if (read !== size) throw new Error(`${path} was read to byte ${read} of ${size} only`);
  if (size === 0) entry.resume();
}

/** Counts inflated bytes, headers and padding too: a bomb ends here, wherever it hides. */
function countBytes(limit: number): Transform {
  let total = 0;
  return new Transform({
    transform(part: Buffer, _encoding, done) {
      total += part.byteLength;
      if (total <= limit) done(null, part);
      else done(new BundleError('UnsafeArchive', `the archive inflates to more than ${limit} bytes`));
    },
  });
}

/** What tar and gzip say about broken bytes becomes `UnsafeArchive`; errors of the reader stay what they are. */
function nameArchiveError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof BundleError) return error;
  const isZlib = systemErrorCode(error)?.startsWith('Z_') ?? false;
  if (!isZlib && !/tar header|Invalid header|Header exceeds|Unexpected end of data/i.test(error.message)) return error;
  return new BundleError('UnsafeArchive', `the archive is not a whole tar+gzip: ${error.message}`, { cause: error });
}
