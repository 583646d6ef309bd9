// The two documents of a layout that grow: a version's image index and index.json.
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleError } from '../errors.ts';
import { annotationKeys, Descriptor, ImageIndex, mediaTypes, platformOf } from '../oci.ts';
import { publishFile } from '../../common/durable-file.ts';
import { readDocument } from '../read/read-document.ts';
import { openFolder, readLayoutIndex } from '../sources/source.ts';

/** The version's index with these entries in place of all it held for their platform; sorted, so order never matters. */
export async function mergeVersion(
  folder: string,
  version: string,
  entries: readonly Descriptor[],
): Promise<ImageIndex> {
  const platforms = new Set(entries.map(platformOf));
  const earlier = await readVersion(folder, version);
  const others = earlier.filter((entry) => !platforms.has(platformOf(entry)));
  const manifests = sortEntries([...others, ...entries]);
  const annotations = { [annotationKeys.version]: version };
  return { schemaVersion: 2, mediaType: mediaTypes.index, manifests, annotations };
}

/** Makes the tag of a version point to its index; written aside and renamed, so a reader sees old or new. */
export async function tagVersion(folder: string, version: string, index: Descriptor): Promise<void> {
  await writeDurably(join(folder, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
  const earlier = await readEntries(folder);
  const others = earlier.filter((entry) => entry.annotations?.[annotationKeys.reference] !== version);
  const own = { ...index, annotations: { [annotationKeys.reference]: version } };
  const manifests = sortEntries([...others, own]);
  await writeDurably(join(folder, 'index.json'), { schemaVersion: 2, mediaType: mediaTypes.index, manifests });
}

async function readVersion(folder: string, version: string): Promise<Descriptor[]> {
  const entries = await readEntries(folder);
  const found = entries.find((entry) => entry.annotations?.[annotationKeys.reference] === version);
  return found ? (await readDocument(openFolder(folder), found, ImageIndex)).document.manifests : [];
}

async function readEntries(folder: string): Promise<Descriptor[]> {
  try {
    return (await readLayoutIndex(folder)).manifests;
  } catch (error) {
    if (error instanceof BundleError && error.code === 'BundleNotFound') return [];
    throw error;
  }
}

/** In one order, and each with its keys in the schema's order: an entry made now equals the same one read back. */
function sortEntries(entries: readonly Descriptor[]): Descriptor[] {
  const alike = entries.map((entry) => Descriptor.parse(entry));
  return alike.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/** The bundle's own manifest first within its platform, then the images by name. */
function sortKey(entry: Descriptor): string {
  const { annotations = {}, artifactType = '' } = entry;
  const name = annotations[annotationKeys.imageName] ?? annotations[annotationKeys.reference] ?? '';
  return [platformOf(entry) ?? '', artifactType === '' ? '1' : '0', name, entry.digest].join('\n');
}

async function writeDurably(path: string, document: object): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, JSON.stringify(document), { flush: true });
    await publishFile(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
