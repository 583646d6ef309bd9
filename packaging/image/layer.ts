// A layer of an image: the same bytes for the same files. Sorted, every folder once, no times, no owners, fixed compression.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';

/** What a layer puts at `path` (from the root, without the first slash): a file of this machine, a text, a link or a folder. */
export type LayerEntry = { path: string; mode?: number } & (
  { from: string } | { text: string } | { link: string } | {}
);

/** `digest` and `size` (bytes) of the compressed blob in `file`; `diffId` is the digest of what it unpacks to. */
export type Layer = { file: string; digest: string; diffId: string; size: number };

/** Writes the layer to `file`. @throws Error for a path that is there twice, or is not below the root */
export async function writeLayer(entries: readonly LayerEntry[], file: string): Promise<Layer> {
  const all = withFolders(entries);
  const archive = pack();
  const plain = hashing();
  const packed = hashing();
  // Level 6 is fixed by us, not left to zlib's default, which is part of the digest.
  const written = pipeline(archive, plain.through, createGzip({ level: 6 }), packed.through, createWriteStream(file));
  const filled = fill(archive, all).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  await Promise.all([written, filled]);
  return { file, digest: packed.digest(), diffId: plain.digest(), size: (await stat(file)).size };
}

/** In one order, a folder before what is in it. */
function withFolders(entries: readonly LayerEntry[]): LayerEntry[] {
  const all = new Map<string, LayerEntry>();
  for (const entry of entries) {
    const { path } = entry;
    if (path === '' || path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw new Error(`${path} is no path below the root of an image`);
    }
    if (all.has(path)) throw new Error(`${path} is in a layer twice`);
    all.set(path, entry);
  }
  for (const { path } of entries) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      if (!all.has(folder)) all.set(folder, { path: folder });
    }
  }
  return [...all.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

const ALIKE = { mtime: new Date(0), uid: 0, gid: 0 };

async function fill(archive: Pack, entries: readonly LayerEntry[]): Promise<void> {
  for (const entry of entries) await add(archive, entry);
  archive.finalize();
}

async function add(archive: Pack, entry: LayerEntry): Promise<void> {
  const { path: name } = entry;
  if ('link' in entry) {
    archive.entry({ ...ALIKE, name, type: 'symlink', linkname: entry.link, mode: 0o777 });
  } else if ('text' in entry) {
    archive.entry({ ...ALIKE, name, mode: entry.mode ?? 0o644 }, entry.text);
  } else if ('from' in entry) {
    const { size } = await stat(entry.from);
    const into = archive.entry({ ...ALIKE, name, size, mode: entry.mode ?? 0o644 });
    await pipeline(createReadStream(entry.from, { highWaterMark: 1024 * 1024 }), into);
  } else {
    archive.entry({ ...ALIKE, name, type: 'directory', mode: entry.mode ?? 0o755 });
  }
}

/** Lets bytes pass and knows their digest in the end. */
function hashing(): { through: Transform; digest: () => string } {
  const hash = createHash('sha256');
  const through = new Transform({
    transform(part: Buffer, _encoding, done) {
      hash.update(part);
      done(undefined, part);
    },
  });
  return { through, digest: () => `sha256:${hash.digest('hex')}` };
}
