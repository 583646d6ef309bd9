// BYOH's placeholder: replaced in file contents only, with or without Jinja, and refused when it cannot be.
import { expect, test } from 'vitest';
import { parse, refusalOf } from './test-document.ts';

const NAME = { defaultNetworkInterface: 'bond0.7' };
const FILE =
  'write_files:\n- path: /a\n  content: |\n    if {{ .DefaultNetworkInterfaceName }} {{.DefaultNetworkInterfaceName}}\n';
const HEADERS = ['#cloud-config\n', '## template: jinja\n#cloud-config\n'];
const content = (document: string): string | undefined => parse(document, NAME).files[0]?.content.toString();

test.each(HEADERS)('after %j it is replaced in text', (header) => {
  expect(content(header + FILE)).toBe('if bond0.7 bond0.7\n');
});

test.each(HEADERS)('after %j it is replaced in decoded content, whose other bytes stay', (header) => {
  const bytes = Buffer.concat([Buffer.from([0, 0xff, 0x80]), Buffer.from('{{ .DefaultNetworkInterfaceName }}ß')]);
  const body = `write_files:\n- {path: /a, encoding: b64, content: "${bytes.toString('base64')}"}\n`;
  const [file] = parse(header + body, NAME).files;
  expect(file?.content).toEqual(Buffer.concat([Buffer.from([0, 0xff, 0x80]), Buffer.from('bond0.7ß')]));
});

test('inside of a raw block it is replaced, everything else stays', () => {
  const body =
    'write_files:\n- path: /a\n  content: "{% raw %}{{ .DefaultNetworkInterfaceName }} {{ .x }}{% endraw %}"\n';
  expect(content(`${HEADERS[1]}${body}`)).toBe('bond0.7 {{ .x }}');
});

test.each(HEADERS)('after %j a host without a usable interface refuses it, naming the file', (header) => {
  for (const defaultNetworkInterface of [undefined, '', 'a b', '$(id)', 'a'.repeat(16)]) {
    expect(refusalOf(header + FILE, { defaultNetworkInterface })).toMatchObject({
      code: 'UnknownInterface',
      message: expect.stringContaining('"/a"'),
    });
  }
});

test('outside of file contents it is refused with Jinja, and left alone without', () => {
  const run = "runcmd: ['ip link show {{ .DefaultNetworkInterfaceName }}']\n";
  expect(refusalOf(HEADERS[1] + run, NAME)).toMatchObject({
    code: 'UnsupportedPlaceholder',
    message: expect.stringContaining('"runcmd[0]"'),
  });
  expect(parse(HEADERS[0] + run, NAME).runScript).toContain('show {{ .DefaultNetworkInterfaceName }}\n');
});

test('no interface is needed when none is asked for, and lookalikes stay', () => {
  const body =
    'write_files:\n- path: /a\n  content: "{{ DefaultNetworkInterfaceName }} {{ .Other }} byoDefaultInterface0Name"\n';
  const [file] = parse(`#cloud-config\n${body}`).files;
  expect(file?.content.toString()).toBe('{{ DefaultNetworkInterfaceName }} {{ .Other }} byoDefaultInterface0Name');
  const both = `${HEADERS[1]}# byoDefaultInterface0Name\n${FILE}- {path: /b, content: byoDefaultInterface0Name}\n`;
  expect(parse(both, NAME).files[1]?.content.toString()).toBe('byoDefaultInterface0Name');
});
