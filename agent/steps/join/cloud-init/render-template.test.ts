// Jinja as cloud-init renders it: the names of instance data, whitespace, undefined variables, and no way out.
import { expect, test } from 'vitest';
import { describeInstance } from './instance-data.ts';
import { renderTemplate } from './render-template.ts';
import { METADATA, parse, parseConfig, refusalOf } from './test-document.ts';

const FULL = { ...METADATA, localIpv4: '192.0.2.7', localIpv6: '2001:db8::7', availabilityZone: 'n1' };
const HEADER = '## template: jinja\n#cloud-config\n';

function render(text: string): string {
  return renderTemplate(text, describeInstance(FULL));
}

test.each([
  ['ds.meta_data.local_hostname', 'host-1'],
  ['ds.meta_data["local-hostname"]', 'host-1'],
  ['ds.meta_data.hostname', 'host-1'],
  ['ds.meta_data.instance_id', 'claim-3'],
  ['ds.meta_data.local_ipv4', '192.0.2.7'],
  ['ds.meta_data.local_ipv6', '2001:db8::7'],
  ['ds.meta_data.availability_zone', 'n1'],
  ['ds.meta_data.placement.availability_zone', 'n1'],
  ['ds.meta_data.provider_id', 'byoh://7f2c1c52/3'],
  ['v1.local_hostname', 'host-1'],
  ['v1["instance-id"]', 'claim-3'],
  ['v1.availability_zone', 'n1'],
  ['v1.cloud_name', 'byo'],
  ['v1.platform', 'byo'],
  ['local_hostname', 'host-1'],
  ['instance_id', 'claim-3'],
  ["local_hostname.split('-')[0] | upper", 'HOST'],
  ["v1.nothing | default('x')", 'x'],
  ["'a' if v1.nothing is defined else 'b'", 'b'],
])('{{ %s }} is %s', (expression, value) => {
  expect(render(`<{{ ${expression} }}>\n`)).toBe(`<${value}>\n`);
});

// What Jinja2 3.1 with cloud-init's settings printed for the same texts.
test.each([
  ['{% raw %}\nx {{ .y }}\n{% endraw %}\nz', '\nx {{ .y }}\nz'],
  ['{%- raw %}\n{% raw %}\n{% endraw %}', '\n{% raw %}\n'],
  ['a {% raw %}{{ .x }}{% endraw %} b\n', 'a {{ .x }} b\n'],
  ['  {% if true %}\n  b\n  {%- endif %}\nc\n', '    bc\n'],
  ['a\n\n{% if true %}\n\nb\n{% endif %}\n\n', 'a\n\n\nb\n\n'],
  ['{% if true %}\nb\n{% endif %}\n', 'b\n\n'],
  ['{# c #}\nb', 'b'],
  ['{%+ if true %}\nx{% endif +%}\ny', 'x\ny'],
  ['{% for i in [1,2] -%}\n - {{ i }}\n{% endfor %}\nz', '- 1\n- 2\nz'],
  ['x', 'x'],
  ['<&> ${x} %d {x} \\n', '<&> ${x} %d {x} \\n'],
])('%j renders as Jinja2 renders it', (text, expected) => {
  expect(render(text)).toBe(expected);
});

test('an undefined variable is refused by name and line', () => {
  const document = `${HEADER}runcmd:\n- 'echo {{ local_hostname }} {{ ds.meta_data.local_ipv4 }} {{ "text" | lower }}'\n`;
  expect(refusalOf(document)).toMatchObject({
    code: 'UndefinedVariable',
    message: expect.stringMatching(/at line 4: undefined: ds\.meta_data\.local_ipv4$/),
  });
  expect(refusalOf(`${HEADER}x: {{ a.b }} {{ v1.nope | upper }}\n`).message).toMatch(/undefined: a\.b, v1\.nope$/);
  expect(refusalOf(`${HEADER}{% if v1.region %}\n{% endif %}`).message).toMatch(/at line 3: undefined: v1\.region$/);
});

test.each([
  "{{ ''.constructor.constructor('return process')() }}",
  '{{ ds.constructor }}',
  "{{ ds['__proto__'] }}",
  "{{ ''.__class__.__mro__ }}",
  '{{ range.constructor }}',
  "{% include '/etc/hostname' %}",
  "{% import '/etc/hostname' as x %}",
])('%s reaches nothing', (text) => {
  expect(refusalOf(`${HEADER}runcmd: ["${text}"]\n`).code).toMatch(/^(InvalidTemplate|UndefinedVariable)$/);
});

test.each(['{{ .ID }}', '{% if %}', '{{ x', '{# x', '{{ 1 | nothing }}', '{% endif %}'])(
  'the broken template %s is refused without being quoted',
  (text) => {
    const error = refusalOf(`${HEADER}# SECRET ${text} SECRET\n`);
    expect(error.code).toBe('InvalidTemplate');
    expect(error.message + error.remedy + String(error.stack)).not.toContain('SECRET');
  },
);

test('without the header nothing is rendered', () => {
  const text = 'echo {{ v1.x }} {% raw %} ${y} %d {# c #} {{ .DefaultNetworkInterfaceName }}';
  expect(parseConfig(`runcmd:\n- |-\n  ${text}\n`).runScript).toBe(`#!/bin/sh\n${text}\n`);
  const late = parse(`#cloud-config\n## template: jinja\nruncmd: ['{{ nope }}']\n`);
  expect(late.runScript).toContain('{{ nope }}');
});
