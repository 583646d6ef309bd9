// A proxy of the environment, which is read once: so this stands in a file, and with that in a process, of its own.
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { digestOf } from '../testing/fixtures.ts';
import { startWebServer } from '../testing/web-server.ts';
import { openHttp } from './http-source.ts';

test('a bundle is read through the proxy that the environment names, but for what it excepts', async () => {
  const content = Buffer.from('content');
  const digest = digestOf(content);
  const proxy = await startWebServer((_, response) => response.end(content));
  const near = await startWebServer((_, response) => response.end(content));
  process.env.http_proxy = proxy.origin;
  process.env.no_proxy = '127.0.0.1';
  for (const address of ['http://bundles.invalid/edge', near.origin]) {
    const read = await openHttp(new URL(address)).open({ digest, mediaType: 'test' });
    expect((await buffer(read)).toString()).toBe('content');
  }
  const path = `/blobs/sha256/${digest.slice(7)}`;
  expect(proxy.heard).toEqual([`GET http://bundles.invalid/edge${path}`]);
  expect(near.heard).toEqual([`GET ${path}`]);
});
