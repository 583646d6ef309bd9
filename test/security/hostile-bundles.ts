// Bundles that are right in every respect but one layer: the archive in it is hostile.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Header } from 'tar-stream';
import { ARCHITECTURE } from '../../common/platform.ts';
import { layerTitles } from '../../bundle/layers.ts';
import { annotationKeys, mediaTypes } from '../../bundle/oci.ts';
import { digestOf, makeTar } from '../../bundle/testing/fixtures.ts';

type TestEntry = Partial<Header> & { name: string; content?: Buffer };

const VERSION = 'v1.36.3';
const platform = { os: 'linux', architecture: ARCHITECTURE };

/** Writes a bundle into an OCI layout that may hold others, with this archive as its CNI layer; answers its digest. */
export async function addBundle(layout: string, archive: Buffer): Promise<string> {
  const folder = join(layout, 'blobs', 'sha256');
  await mkdir(folder, { recursive: true });
  const put: Put = async (content, mediaType) => {
    const digest = digestOf(content);
    await writeFile(join(folder, digest.slice('sha256:'.length)), content);
    return { mediaType, digest, size: content.byteLength };
  };
  const layers = await putLayers(put, archive);
  const config = await put(Buffer.from('{}'), mediaTypes.empty);
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: mediaTypes.bundle,
    config,
    layers,
  };
  const manifest = await put(Buffer.from(JSON.stringify(document)), mediaTypes.manifest);
  const entry = { ...manifest, artifactType: mediaTypes.bundle, platform };
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [entry],
    annotations: { [annotationKeys.version]: VERSION },
  };
  return (await put(Buffer.from(JSON.stringify(index)), mediaTypes.index)).digest;
}

type Put = (content: Buffer, mediaType: string) => Promise<{ mediaType: string; digest: string; size: number }>;

/** The four layers that a bundle must have, three of them empty. */
async function putLayers(put: Put, archive: Buffer): Promise<object[]> {
  const empty = gzipSync(await makeTar([]));
  const layers: object[] = [];
  for (const title of layerTitles) {
    const layer = await put(title === 'cni' ? archive : empty, mediaTypes.layer);
    const version = title === 'kubernetes' ? VERSION : '1.0.0';
    layers.push({ ...layer, annotations: { [annotationKeys.title]: title, [annotationKeys.version]: version } });
  }
  return layers;
}

const good: TestEntry = { name: 'opt/cni/bin/bridge', content: Buffer.from('t19'), mode: 0o755 };
const CANARY = Buffer.from('t19');

/** Each with an honest entry before it: that one must not be unpacked either. */
const ENTRIES: Record<string, TestEntry> = {
  'an absolute path': { name: '/etc/cron.d/t19', content: CANARY },
  'a path that climbs': { name: 'opt/cni/bin/../../../etc/cron.d/t19', content: CANARY },
  'a path that climbs at once': { name: '../../../etc/cron.d/t19', content: CANARY },
  'a path that comes back': { name: 'opt/cni/bin/../bin/t19', content: CANARY },
  'a path not allowed': { name: 'etc/cron.d/t19', content: CANARY },
  'a path of another layer': { name: 'usr/local/bin/kubelet', content: CANARY },
  'a folder below an allowed one': { name: 'opt/cni/bin/deep/t19', content: CANARY },
  'a folder not allowed': { name: 'etc/t19/', type: 'directory' },
  'a symbolic link': { name: 'opt/cni/bin/t19', type: 'symlink', linkname: '/etc/passwd' },
  'a link in place of a folder': { name: 'opt/cni', type: 'symlink', linkname: '/etc' },
  'a hard link': { name: 'opt/cni/bin/t19', type: 'link', linkname: '/etc/shadow' },
  'a character device': { name: 'opt/cni/bin/t19', type: 'character-device', devmajor: 1, devminor: 1 },
  'a block device': { name: 'opt/cni/bin/t19', type: 'block-device', devmajor: 8, devminor: 0 },
  'a pipe': { name: 'opt/cni/bin/t19', type: 'fifo' },
  setuid: { name: 'opt/cni/bin/t19', mode: 0o4755, content: CANARY },
  'a file capability': { name: 'opt/cni/bin/t19', pax: { 'SCHILY.xattr.security.capability': 'x' }, content: CANARY },
  'another path in its pax header': { name: 'opt/cni/bin/t19', pax: { path: '../../etc/cron.d/t19' }, content: CANARY },
  'the same path twice': { ...good },
  'a control character': { name: 'opt/cni/bin/t19\u001b[2J', content: CANARY },
  'a huge file': { name: 'opt/cni/bin/t19', content: Buffer.alloc(100_000_000) },
};

/** Twenty-two archives by what is hostile in them. */
export async function makeArchives(): Promise<Map<string, Buffer>> {
  const archives = new Map<string, Buffer>();
  for (const [name, entry] of Object.entries(ENTRIES))
    archives.set(name, gzipSync(await makeTar([good, entry]), { level: 1 }));
  const many = Array.from({ length: 1100 }, (_, at) => ({ name: `opt/cni/bin/t19-${at}` }));
  archives.set('too many files', gzipSync(await makeTar([good, ...many])));
  archives.set('half an archive', gzipSync((await makeTar([good])).subarray(0, 515)));
  return archives;
}
