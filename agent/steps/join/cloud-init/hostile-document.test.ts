// Hostile documents: bombs, nesting, prototype keys and noise end in a typed refusal, soon, and quote nothing.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { BootstrapDocumentError } from './errors.ts';
import { outcomeOf, parse, parseConfig, refusalOf, refusalOfFile } from './test-document.ts';

const SIZE = 1_000_000;
const fill = (text: string): string => text.repeat(Math.floor(SIZE / text.length));
const YAML = '#cloud-config\n';
const JINJA = '## template: jinja\n#cloud-config\n';

/** Milliseconds of this process's own work, whatever else the machine does. */
function workSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** What a refusal costs; the bound is the threat model's (T37). */
function timeRefusal(document: string): number {
  const start = process.cpuUsage();
  expect(refusalOf(document)).toBeInstanceOf(BootstrapDocumentError);
  return workSince(start);
}

test.each([
  ['mappings', `${YAML}${fill('a: 1\n')}`],
  ['flow sequences', `${YAML}${fill('[')}`],
  ['flow mappings', `${YAML}${fill('{a: ')}`],
  ['nested sequences', `${YAML}${fill('- ')}`],
  ['explicit keys', `${YAML}${fill('? ')}`],
  ['aliases', `${YAML}x:\n- &a b\n${fill('- *a\n')}`],
  ['tags', `${YAML}${fill('- !!a b\n')}`],
  ['directives', `${YAML}${fill('%a\n')}`],
  ['documents', `${YAML}${fill('---\n')}`],
  ['empty lines', `${YAML}x: |\n${fill('\n')}`],
  ['open expressions', `${JINJA}${fill('{{')}`],
  ['open raw blocks', `${JINJA}${fill('{% raw %}')}`],
  ['open comments', `${JINJA}${fill('{#')}`],
  ['parentheses', `${JINJA}{{ ${fill('(')}`],
  ['ifs', `${JINJA}${fill('{% if 1 %}')}`],
  ['loops', `${JINJA}{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}`],
  ['doubling', `${JINJA}{% set n = namespace(x="x") %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}`],
  ['recursion', `${JINJA}{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}`],
])('a megabyte of %s is refused within a second', (_, document) => {
  expect(timeRefusal(document)).toBeLessThan(1000);
});

test('billion laughs are refused within a second', () => {
  const lines = ['a: &a0 [lol]'];
  for (let n = 1; n < 30; n += 1) lines.push(`b${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]`);
  expect(timeRefusal(`${YAML}${lines.join('\n')}\n`)).toBeLessThan(1000);
  expect(timeRefusal(`${YAML}x: &x [*x]\n`)).toBeLessThan(1000);
});

test('a gzip bomb is refused within a second, and so are many small ones together', () => {
  const start = process.cpuUsage();
  const content = gzipSync(Buffer.alloc(9 * 1024 * 1024)).toString('base64');
  expect(refusalOfFile('path: /a', 'encoding: gz+b64', `content: ${content}`).code).toBe('FileTooLarge');
  const part = gzipSync(Buffer.alloc(6 * 1024 * 1024)).toString('base64');
  const files = `- {path: /a, encoding: gz+b64, content: "${part}"}\n`.repeat(3);
  expect(refusalOf(`${YAML}write_files:\n${files}`)).toMatchObject({
    code: 'FileTooLarge',
    message: expect.stringContaining('write_files[2]'),
  });
  expect(workSince(start)).toBeLessThan(1000);
});

test('after a template that broke the engine the next one is rendered', () => {
  refusalOf(`${JINJA}{{ "x" * 900000000 }}`);
  expect(parse(`${JINJA}runcmd: ['echo {{ v1.instance_id }}']\n`).runScript).toContain('echo claim-3');
});

test('keys of the prototype are keys like any other', () => {
  const entry = 'write_files:\n- {path: /a, __proto__: {append: true}, constructor: 1}\n';
  expect(refusalOf(YAML + entry).message).toContain('"__proto__", "constructor"');
  expect(parseConfig('runcmd: [a]\n').files).toEqual([]);
  expect(Object.hasOwn(Object.prototype, 'append')).toBe(false);
});

test.each(['runcmd: [a]\nruncmd: [b]\n', 'write_files:\n- {path: /a, path: /b}\n', 'runcmd: [a]\n"runcmd": [b]\n'])(
  'a key that stands twice is refused: %j',
  (body) => {
    expect(refusalOf(YAML + body)).toMatchObject({ code: 'DuplicateKey' });
  },
);

test.each([
  'x: [SECRET',
  'x: "SECRET',
  'SECRET',
  '- SECRET',
  'x: !SECRET y',
  'x: *SECRET',
  '[SECRET]: x',
  'x: SECRET: y',
  '\tSECRET: x',
  'runcmd: [a]\n---\nruncmd: [SECRET]',
])('broken YAML is refused with its line, and not quoted: %j', (line) => {
  const error = refusalOf(`${YAML}${line}\n`);
  expect(error.code).toBe('InvalidYaml');
  expect(error.message + error.remedy + String(error.stack)).not.toContain('SECRET');
});

const WORDS = [
  'runcmd',
  'write_files',
  ':',
  '\n',
  '- ',
  '[',
  '{{',
  '}}',
  '{%',
  ' if ',
  '%}',
  '|',
  '&a',
  '*a',
  '"',
  "'",
];

test('no text makes the parser throw anything untyped', () => {
  const part = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 5 }));
  const text = fc.array(part, { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.constantFrom(YAML, JINJA, ''), text, (header, body) => {
      expect(['planned', 'refused']).toContain(outcomeOf(header + body));
    }),
    { numRuns: 3000 },
  );
});

test('a real document with any byte changed is planned or refused, never worse', () => {
  const original = readFileSync(new URL('testdata/init.cloud-config', import.meta.url));
  fc.assert(
    fc.property(fc.nat(original.length - 1), fc.nat(255), (at, byte) => {
      const document = Buffer.from(original);
      document[at] = byte;
      expect(['planned', 'refused']).toContain(outcomeOf(document, { defaultNetworkInterface: 'eth0' }));
    }),
    { numRuns: 300 },
  );
});
