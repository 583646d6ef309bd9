// Bundles from real web servers: nginx, which knows ranges, and Python's, which does not.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { blobPath } from '../../../bundle/store/blob-store.ts';
import { openBundle } from '../../../bundle/read/open-bundle.ts';
import { openAnySource } from '../../../bundle/sources/open-source.ts';
import { openFolder } from '../../../bundle/sources/source.ts';
import { makeBundle, makeFolder } from '../../../bundle/testing/fixtures.ts';
import { expectSentOnce, fetchOverCut, fetchWhole, largestOf, makeEmptyStore } from './fetching.ts';
import { serveFolder, startPython, startRelay } from './servers.ts';

test('nginx: a download that is cut goes on by range, and sends no more than one chunk twice', async () => {
  const { folder, digest } = await makeBundle();
  const nginx = await serveFolder(folder, { slow: true });
  const link = await startRelay(nginx.port);
  const store = await makeEmptyStore();
  const blob = await fetchOverCut({ address: `http://127.0.0.1:${link.port}/`, digest, store }, link);
  const sent = (await nginx.log()).filter(({ path }) => path.endsWith(blob.digest.slice(7)));
  expect(sent.map(({ status }) => status)).toEqual([200, 206]);
  expectSentOnce(
    blob,
    sent.map((one) => one.sent),
  );
});

test('nginx: below a path, after a redirect of its own, by tag; what is not there is told', async () => {
  const { folder, digest } = await makeBundle();
  const root = await makeFolder();
  await symlink(folder, join(root, 'edge'));
  const nginx = await serveFolder(root, { more: 'rewrite ^/old/(.*)$ /edge/$1 redirect;' });
  const origin = `http://127.0.0.1:${nginx.port}`;
  const bundle = await fetchWhole({ address: `${origin}/old`, digest, store: await makeEmptyStore() });
  expect(bundle.digest).toBe(digest);
  expect(await openAnySource(`${origin}/edge`).resolveTag('v1.36.3')).toBe(digest);
  const missing = fetchWhole({ address: `${origin}/nowhere`, digest, store: await makeEmptyStore() });
  await expect(missing).rejects.toMatchObject({ code: 'BundleNotFound' });
  await expect(openAnySource(`${origin}/nowhere`).resolveTag('v1')).rejects.toMatchObject({ code: 'BundleNotFound' });
});

test('a server without ranges sends all of it again, of which what is there is skipped', async () => {
  const { folder, digest } = await makeBundle();
  const python = await startPython(folder);
  const local = openFolder(folder);
  const largest = largestOf(await openBundle({ source: local, digest, platform: 'linux/amd64' }));
  const store = await makeEmptyStore();
  const partial = `${blobPath(store, largest.digest)}.partial`;
  await mkdir(dirname(partial), { recursive: true });
  const begun = createReadStream(join(folder, 'blobs/sha256', largest.digest.slice(7)), { end: 5_000_000 - 1 });
  await writeFile(partial, await buffer(begun));
  const seen: number[] = [];
  await fetchWhole({ address: `http://127.0.0.1:${python.port}`, digest, store }, (done) => seen.push(done));
  expect(seen[0]).toBe(5_000_000);
  expect(python.said()).toContain(`GET /blobs/sha256/${largest.digest.slice(7)} HTTP/1.1" 200`);
});
