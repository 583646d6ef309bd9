// write_files: every encoding, defaults, owners, permissions and paths, and what is refused of each.
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFile, refusalOfFile } from './test-document.ts';

const PATH = 'path: /a';
const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

test.each(['b64', 'base64', 'Base64'])('%s content arrives byte for byte', (encoding) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const file = parseFile(PATH, `encoding: "${encoding}"`, `content: "${base64(bytes)}"`);
      expect(file.content.equals(bytes)).toBe(true);
    }),
  );
});

test.each(['gz+base64', 'gzip+base64', 'gz+b64', 'gzip+b64'])('%s content arrives byte for byte', (encoding) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const file = parseFile(PATH, `encoding: ${encoding}`, 'content: |', `  ${base64(gzipSync(bytes))}`);
      expect(file.content.equals(bytes)).toBe(true);
    }),
  );
});

test.each(['gz', 'gzip'])('%s content comes as !!binary', (encoding) => {
  const file = parseFile(PATH, `encoding: ${encoding}`, `content: !!binary ${base64(gzipSync('größe'))}`);
  expect(file.content.toString()).toBe('größe');
});

test.each(['""', 'none', 'text/plain', 'null'])('encoding %s leaves the text alone', (encoding) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const file = parseFile(PATH, `encoding: ${encoding}`, `content: ${JSON.stringify(text)}`);
      expect(file.content.toString()).toBe(text);
    }),
  );
});

test('what is not given has the defaults of cloud-init', () => {
  expect(parseFile(PATH)).toEqual({
    path: '/a',
    content: Buffer.alloc(0),
    owner: 'root:root',
    permissions: 0o644,
    append: false,
  });
  expect(parseFile(PATH, 'content: !!binary AAH/').content).toEqual(Buffer.from([0, 1, 255]));
  expect(parseFile(PATH, 'content: |', '  a', '', '  b', '').content.toString()).toBe('a\n\nb\n');
});

test.each([
  ["'0600'", 0o600],
  ['"644"', 0o644],
  ['0640', 0o640],
  ['0o755', 0o755],
  ["'04755'", 0o4755],
  ["''", 0o644],
])('permissions %s', (written, mode) => {
  expect(parseFile(PATH, `permissions: ${written}`).permissions).toBe(mode);
});

test.each(['644', "'0999'", '-1', '1e3', 'rw', 'true', '[1]', "'77777777'"])(
  'permissions %s are refused',
  (written) => {
    expect(refusalOfFile(PATH, `permissions: ${written}`)).toMatchObject({
      code: 'InvalidValue',
      message: expect.stringContaining('write_files[0].permissions'),
    });
  },
);

test('owners and append', () => {
  expect(parseFile(PATH, 'owner: etcd:www-data').owner).toBe('etcd:www-data');
  expect(parseFile(PATH, 'owner: "1000"').owner).toBe('1000:root');
  for (const owner of ['"-x:y"', '"a b"', '"a:b:c"', '"$(id)"', '7']) {
    expect(refusalOfFile(PATH, `owner: ${owner}`).message).toContain('write_files[0].owner');
  }
  for (const flag of ['true', 'True', 'yes', '"on"', '1']) expect(parseFile(PATH, `append: ${flag}`).append).toBe(true);
  for (const flag of ['false', 'no', '"0"']) expect(parseFile(PATH, `append: ${flag}`).append).toBe(false);
  expect(refusalOfFile(PATH, 'append: maybe').code).toBe('InvalidValue');
});

test.each([
  ['relative', 'is not absolute'],
  ['""', 'is not absolute'],
  ['/a/../etc/shadow', 'holds ".."'],
  ['/..', 'holds ".."'],
  ['/a//b', 'is not normalised'],
  ['//a', 'is not normalised'],
  ['/a/./b', 'is not normalised'],
  ['/a/', 'is not normalised'],
  ['/', 'is not normalised'],
  ['"/a\\0b"', 'holds a control character'],
  ['"/a\\nb"', 'holds a control character'],
  ['"/a\\u202eb"', 'holds a control character'],
  ['"/a\\ud800"', 'holds a control character'],
  [`/${'a'.repeat(256)}`, 'is too long'],
  ['/var/lib/byo-agent/journal.db', 'belongs to'],
  ['/etc/byo-agent', 'belongs to'],
  ['/usr/local/lib/byo-agent/node', 'belongs to'],
  ['/run/byo-agent/x', 'belongs to'],
  ['/var/run/byo-agent/x', 'belongs to'],
  ['/proc/sys/kernel/core_pattern', 'belongs to'],
  ['/sys/x', 'belongs to'],
  ['/dev/sda', 'belongs to'],
  ['7', 'is not a string'],
  ['null', 'is not a string'],
])('the path %s is refused', (path, words) => {
  expect(refusalOfFile(`path: ${path}`)).toMatchObject({
    code: 'InvalidPath',
    message: expect.stringContaining(words),
  });
});

test('a path that only looks like a denied one is written', () => {
  for (const path of ['/etc/byo-agent.conf', '/device', '/opt/..a', '/process/x']) {
    expect(parseFile(`path: ${path}`).path).toBe(path);
  }
});

test.each([
  ['encoding: rot13', 'InvalidEncoding'],
  ['encoding: 7', 'InvalidEncoding'],
  ['content: 7', 'InvalidValue'],
  ['content: {a: SECRET}', 'InvalidValue'],
  ['content: "\\ud800"', 'InvalidValue'],
  ['defer: true', 'UnsupportedKeys'],
  ['source: {uri: SECRET}', 'UnsupportedKeys'],
])('an entry with %s is refused', (line, code) => {
  const error = refusalOfFile(PATH, line);
  expect(error.code).toBe(code);
  expect(error.message).toContain('write_files[0]');
  expect(error.message + error.remedy).not.toContain('SECRET');
});

test.each([
  ['base64', 'AAA'],
  ['base64', 'AAA*'],
  ['base64', 'A=AA'],
  ['gzip', 'SECRET'],
  ['gzip+base64', base64('SECRET')],
  ['gzip+base64', base64(gzipSync('x'.repeat(99)).subarray(0, 15))],
])('%s content that is damaged is refused', (encoding, content) => {
  expect(refusalOfFile(PATH, `encoding: ${encoding}`, `content: ${content}`).code).toBe('InvalidEncoding');
});
