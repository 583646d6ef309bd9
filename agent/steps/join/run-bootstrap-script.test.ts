// The trap in front of a document's commands, run by the real /bin/sh.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SENTINEL } from './cloud-init/bootstrap-plan.ts';
import { withSuccessMark } from './run-bootstrap-commands.ts';

function runScript(commands: string) {
  const folder = mkdtempSync(join(tmpdir(), 'byo-script-'));
  const [sentinel, mark, path] = [join(folder, 'sentinel'), join(folder, 'marks', 'mark'), join(folder, 'script')];
  const script = withSuccessMark(`#!/bin/sh\n${commands}\n`, mark).replaceAll(SENTINEL, sentinel);
  writeFileSync(path, script.replaceAll('$SENTINEL', sentinel));
  const { status, stdout } = spawnSync('/bin/sh', [path], { encoding: 'utf8' });
  return { status, stdout, marked: existsSync(mark) };
}

test('success is the sentinel, and it is marked durably', () => {
  expect(runScript('touch $SENTINEL')).toEqual({ status: 0, stdout: '', marked: true });
});

test('a later command that fails changes nothing about it', () => {
  expect(runScript('touch $SENTINEL\nfalse\nexit 3')).toMatchObject({ status: 0, marked: true });
});

test('commands that succeed without a sentinel have failed', () => {
  expect(runScript('true')).toMatchObject({ status: 75, marked: false });
});

test('the exit status of a failure stays', () => {
  expect(runScript('exit 9')).toMatchObject({ status: 9, marked: false });
});

test('commands run as in cloud-init: variables persist, failures go on, umask 022', () => {
  expect(runScript('A=1\nfalse\necho $A $(umask)').stdout).toBe('1 0022\n');
});
