// bootcmd and runcmd: as cloud-init writes them, and run by a real shell.
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConfig, refusalOf } from './test-document.ts';

const YAML_SAFE = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !text.includes('\0'));

test('strings stand on their own lines, lists are quoted, null is skipped', () => {
  const plan = parseConfig(
    `bootcmd: [ 'echo "$INSTANCE_ID"' ]\nruncmd:\n- cd /tmp\n- [echo, "it's", 0644, true, 1.10, '']\n-\n`,
  );
  expect(plan.bootScript).toBe('#!/bin/sh\necho "$INSTANCE_ID"\n');
  expect(plan.runScript).toBe(`#!/bin/sh\ncd /tmp\n'echo' 'it'\\''s' '0644' 'true' '1.10' ''\n`);
  expect(parseConfig('runcmd: [a]\n')).not.toHaveProperty('bootScript');
});

test('a shell sees each argument of a list exactly as written', () => {
  fc.assert(
    fc.property(fc.array(YAML_SAFE, { minLength: 1, maxLength: 4 }), (args) => {
      const plan = parseConfig(`runcmd:\n- ${JSON.stringify(['printf', String.raw`%s\0`, ...args])}\n`);
      const seen = execFileSync('/bin/sh', ['-s'], { input: plan.runScript }).toString().split('\0');
      expect(seen.slice(0, -1)).toEqual(args);
    }),
    { numRuns: 50 },
  );
});

test('a failing line does not stop the next, and variables persist', () => {
  const plan = parseConfig('runcmd:\n- X=kept\n- "false"\n- [sh, -c, "exit 3"]\n- echo $X\n');
  expect(execFileSync('/bin/sh', ['-s'], { input: plan.runScript }).toString()).toBe('kept\n');
});

test.each([
  ['runcmd: SECRET', 'runcmd is not a list'],
  ['runcmd: {a: SECRET}', 'runcmd is not a list'],
  ['runcmd: [ok, 7]', 'runcmd[1] is neither'],
  ['runcmd: [{a: SECRET}]', 'runcmd[0] is neither'],
  ['runcmd: [[a, [SECRET]]]', 'runcmd[0][1] is not a string'],
  ['runcmd: [[a, null]]', 'runcmd[0][1] is not a string'],
  ['bootcmd: ["SECRET\\0"]', 'bootcmd[0] holds a NUL'],
  ['runcmd: ["\\ud800"]', 'runcmd[0] holds half'],
])('%s is refused', (line, words) => {
  const error = refusalOf(`#cloud-config\n${line}\n`);
  expect(error).toMatchObject({ code: 'InvalidValue', message: expect.stringContaining(words) });
  expect(error.message).not.toContain('SECRET');
});
