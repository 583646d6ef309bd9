// The bundle source `gateway:`, as a host uses it: through the real gateway, by its certificate, over a link that is cut.
import { cp } from 'node:fs/promises';
import type { TLSSocket } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { createBlobReader } from '../../../agent/link/blobs.ts';
import { dialAs, type Dial } from '../../../agent/link/dial.ts';
import { chunkBytes } from '../../../bundle/oci.ts';
import { openBundle } from '../../../bundle/read/open-bundle.ts';
import { openAnySource } from '../../../bundle/sources/open-source.ts';
import { openFolder } from '../../../bundle/sources/source.ts';
import { makeBundle } from '../../../bundle/testing/fixtures.ts';
import { fetchOverCut, fetchWhole, makeEmptyStore } from '../bundle/fetching.ts';
import { startRelay } from '../bundle/servers.ts';
import { startRunning } from './running.ts';

const { world, port, stop, a } = await startRunning();
afterAll(stop);

/** A host's reader of bundles by way of `through`; `received` are the bytes of all its connections. */
function readAsHost(through: number) {
  const { cert, key } = a;
  const credentials = { ca: [world.authority.pem], cert, key, installation: world.installation };
  const dial = dialAs({ gateway: `127.0.0.1:${through}` }, credentials);
  const sockets: TLSSocket[] = [];
  const counted: Dial = async (...how) => {
    const socket = await dial(...how);
    sockets.push(socket);
    return socket;
  };
  const received = () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
  return { gateway: createBlobReader(counted), received };
}

test('a bundle comes through the gateway, goes on by range after a cut, and is found by its tag', async () => {
  // Large beside what a cut link still holds in its sockets.
  const { folder, digest } = await makeBundle(40e6);
  await cp(folder, world.bundles, { recursive: true });
  const link = await startRelay(port);
  const { gateway, received } = readAsHost(link.port);
  await fetchOverCut({ address: 'gateway:///', digest, store: await makeEmptyStore(), gateway }, link);
  const { bytes } = await openBundle({ source: openFolder(folder), digest, platform: 'linux/amd64' });
  expect(received()).toBeGreaterThan(bytes);
  expect(received()).toBeLessThan(bytes + chunkBytes);
  const source = openAnySource('gateway:///', gateway);
  expect(await source.resolveTag('v1.36.3')).toBe(digest);
  await expect(source.resolveTag('v1.0.0')).rejects.toMatchObject({ code: 'BundleNotFound' });
});

test('what the gateway does not have, or cannot be reached for, is told', async () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const { gateway } = readAsHost(port);
  const missing = fetchWhole({ address: 'gateway:///', digest, store: await makeEmptyStore(), gateway });
  await expect(missing).rejects.toMatchObject({ code: 'BundleNotFound' });
  const link = await startRelay(port);
  link.cut();
  const away = fetchWhole({ address: 'gateway:///', digest, store: await makeEmptyStore(), ...readAsHost(link.port) });
  await expect(away).rejects.toMatchObject({ code: 'SourceInterrupted' });
});
