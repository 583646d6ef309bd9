// Everything that is not cloud-config is refused with its reason; so is every key that is not carried out.
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parse, refusalOf } from './test-document.ts';

test.each([
  ['', 'EmptyDocument', 'is empty'],
  [' \n\n', 'EmptyDocument', 'is empty'],
  ['#cloud-config\n', 'EmptyDocument', 'asks for nothing'],
  ['{"ignition":{"version":"2.3.0"}}', 'NotCloudConfig', 'Ignition'],
  ['MIME-Version: 1.0\n', 'NotCloudConfig', 'MIME'],
  ['Content-Type: multipart/mixed; boundary="x"\n', 'NotCloudConfig', 'MIME'],
  ['#!/bin/sh\necho\n', 'NotCloudConfig', 'a script'],
  ['#include\nhttp://example.invalid\n', 'NotCloudConfig', 'include'],
  ['#cloud-config-archive\n- a\n', 'NotCloudConfig', 'archive'],
  ['runcmd: [a]\n', 'NotCloudConfig', 'no #cloud-config line'],
  ['## template: jinja\nruncmd: [a]\n', 'NotCloudConfig', 'no #cloud-config line'],
  ['## template: jinja', 'NotCloudConfig', 'no #cloud-config line'],
  ['## template: basic\n#cloud-config\n', 'UnsupportedTemplate', 'other than jinja'],
])('%j is refused as %s', (document, code, words) => {
  const error = refusalOf(document);
  expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
  expect(error.remedy).not.toBe('');
});

test('bytes that are compressed, no text, or too many are refused', () => {
  expect(refusalOf(gzipSync('#cloud-config\nruncmd: [a]\n'))).toMatchObject({ code: 'NotCloudConfig' });
  expect(refusalOf(Buffer.from([0x23, 0xff, 0xfe]))).toMatchObject({ code: 'NotText' });
  expect(refusalOf(`#cloud-config\n#${'a'.repeat(1024 * 1024)}`)).toMatchObject({ code: 'DocumentTooLarge' });
});

test('only cloud-config is a format, and it is the default', () => {
  const document = '#cloud-config\nruncmd: [a]\n';
  expect(refusalOf(document, { format: 'ignition' })).toMatchObject({
    code: 'UnsupportedFormat',
    message: expect.stringContaining('ignition'),
  });
  expect(refusalOf(document, { format: '' })).toMatchObject({ code: 'UnsupportedFormat' });
  expect(parse(document, { format: 'cloud-config' })).toEqual(parse(document));
});

test('every unsupported key is named at once, each with its remedy', () => {
  const keys = ['users', 'ntp', 'disk_setup', 'fs_setup', 'mounts', 'packages', 'swap', '__proto__'];
  const error = refusalOf(`#cloud-config\nruncmd: [a]\n${keys.map((key) => `${key}: []\n`).join('')}`);
  expect(error.code).toBe('UnsupportedKeys');
  for (const key of keys) expect(error.message).toContain(`"${key}"`);
  expect(error.message).not.toContain('runcmd');
  for (const key of keys.slice(0, 6)) expect(error.remedy).toContain(`${key}: `);
});

test('a document that could never tell its success is planned with a warning', () => {
  expect(parse('#cloud-config\nruncmd: [a]\n').warnings).toEqual([expect.stringContaining('bootstrap-success')]);
  const done = "runcmd: ['echo success > /run/cluster-api/bootstrap-success.complete']\n";
  expect(parse(`#cloud-config\n${done}`).warnings).toEqual([]);
});
