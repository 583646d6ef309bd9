// What web servers do wrong: silence, other servers, other ranges, and addresses that hold a secret.
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { codeOf, digestOf } from '../testing/fixtures.ts';
import { startWebServer } from '../testing/web-server.ts';
import { openHttp } from './http-source.ts';
import { openAnySource } from './open-source.ts';

const content = Buffer.from('0123456789');
const digest = digestOf(content);
const wanted = { digest, mediaType: 'test' };
const path = `/blobs/sha256/${digest.slice(7)}`;

/** The bytes that are read from `offset` on, or the code of the failure. */
const read = async (origin: string, offset = 0): Promise<string> =>
  (await buffer(await openHttp(new URL(origin)).open({ ...wanted, offset }))).toString();

test('an address may end in a slash or not, and names a folder', async () => {
  const { origin, heard } = await startWebServer((_, response) => response.end(content));
  expect(await read(`${origin}/a/b`)).toBe('0123456789');
  expect(await read(`${origin}/a/b/`)).toBe('0123456789');
  expect(heard).toEqual([`GET /a/b${path}`, `GET /a/b${path}`]);
});

test('a range that is heeded is taken, one that is ignored is skipped, another one is refused', async () => {
  const heeding = await startWebServer((_, response) => {
    response.writeHead(206, { 'content-range': 'bytes 4-9/10' }).end(content.subarray(4));
  });
  expect(await read(heeding.origin, 4)).toBe('456789');
  expect(heeding.heard).toEqual([`GET ${path} bytes=4-`]);
  expect(await codeOf(read(heeding.origin, 5))).toBe('SourceInterrupted');
  const ignoring = await startWebServer((_, response) => {
    response.write(content.subarray(0, 3));
    setImmediate(() => response.end(content.subarray(3)));
  });
  expect(await read(ignoring.origin, 4)).toBe('456789');
});

test('a server that says nothing is given up, before its answer and in the middle of it', async () => {
  for (const begun of [false, true]) {
    const { origin } = await startWebServer((_, response) => {
      if (begun) response.writeHead(200, { 'content-length': 10 }).write('012');
    });
    const source = openHttp(new URL(origin), { silenceMilliseconds: 200 });
    const told = source.open(wanted).then(buffer);
    await expect(told).rejects.toMatchObject({ code: 'SourceInterrupted', message: /has sent nothing for 0.2 s/ });
  }
});

test('a redirect is followed within the server, to another never, and not for ever', async () => {
  const other = await startWebServer((_, response) => response.end(content));
  const { origin } = await startWebServer(({ url = '' }, response) => {
    if (url === path) response.writeHead(302, { location: '/here' }).end();
    else if (url === '/here') response.end(content);
    else if (url.startsWith('/loop')) response.writeHead(301, { location: url }).end();
    else response.writeHead(307, { location: `${other.origin}/secret` }).end();
  });
  expect(await read(origin)).toBe('0123456789');
  await expect(read(`${origin}/else`)).rejects.toMatchObject({ code: 'SourceRefused', message: /to another server/ });
  await expect(read(`${origin}/loop`)).rejects.toMatchObject({ code: 'SourceRefused', message: /5 times/ });
  expect(other.heard).toEqual([]);
});

test.each([
  [404, 'BlobNotFound'],
  [503, 'SourceInterrupted'],
  [429, 'SourceInterrupted'],
  [416, 'SourceInterrupted'],
  [401, 'SourceRefused'],
  [403, 'SourceRefused'],
])('%i is told as %s', async (status, code) => {
  const { origin } = await startWebServer((_, response) => response.writeHead(status).end());
  expect(await codeOf(read(origin))).toBe(code);
});

test('an answer that breaks off, and a server that is not there, are interruptions', async () => {
  const { origin } = await startWebServer((_, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('012', () => response.destroy());
  });
  expect(await codeOf(read(origin))).toBe('SourceInterrupted');
  expect(await codeOf(read('http://127.0.0.1:1'))).toBe('SourceInterrupted');
});

test.each([
  'http://user:secret@127.0.0.1/x',
  'https://127.0.0.1/x?token=secret',
  'oci://127.0.0.1/x#secret',
  'oci://127.0.0.1/',
  'oci://127.0.0.1/Capital',
  'ftp://user:secret@127.0.0.1/x',
  'gateway:///',
])('%s is no address of a bundle', (address) => {
  expect(() => openAnySource(address)).toThrow(expect.objectContaining({ code: 'SourceUnsupported' }));
  expect(() => openAnySource(address)).not.toThrow(/secret/);
});

const gateway = (): Promise<undefined> => Promise.resolve(undefined);

test.each(['gateway:///folder', 'gateway://other/'])('a gateway serves one layout: %s is no address', (address) => {
  expect(() => openAnySource(address, gateway)).toThrow(expect.objectContaining({ code: 'SourceUnsupported' }));
  expect(openAnySource('gateway:///', gateway).name).toBe('gateway:///');
});
