import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideUnitState } from './systemd.ts';
import { unitNameOf } from './unit-name.ts';
import { environmentFile, interpreterOf } from './unit-wrapper.ts';
import { runCommand } from './run-command.ts';

test('names are safe everywhere and never collide', () => {
  expect(unitNameOf('byo-runcmd-3-a')).toBe('byo-runcmd-3-a');
  expect(unitNameOf('install/v1.36.3')).toBe('byo-install_2fv1.36.3');
  const name = fc.string({ maxLength: 300, unit: 'binary' }).filter((text) => !text.startsWith('byo-'));
  fc.assert(
    fc.property(name, name, (left, right) => {
      expect(unitNameOf(left)).toMatch(/^byo-[A-Za-z0-9._-]{0,196}$/);
      if (Buffer.from(left).equals(Buffer.from(right))) return;
      expect(unitNameOf(left)).not.toBe(unitNameOf(right));
    }),
  );
});

test('the first line of a script is split as the kernel does', () => {
  expect(interpreterOf('#!/bin/sh\necho')).toEqual(['/bin/sh']);
  expect(interpreterOf('#! /usr/bin/env bash\n')).toEqual(['/usr/bin/env', 'bash']);
  expect(interpreterOf('#!/bin/bash -e -u \n')).toEqual(['/bin/bash', '-e -u']);
  expect(() => interpreterOf('echo no line')).toThrow(TypeError);
  expect(() => interpreterOf('#!/bin/$HOME\n')).toThrow(TypeError);
});

test('values of the environment reach a shell as they are', async () => {
  const value = `it's $HOME \`x\` "q" %h $$\nnext`;
  const script = `${environmentFile({ VALUE: value })}printf %s "$VALUE"`;
  expect((await runCommand(['sh', '-c', script])).stdout).toBe(value);
  expect(() => environmentFile({ 'A;B': '' })).toThrow(TypeError);
});

test('what systemctl shows means running, ended or absent', () => {
  const loaded = { LoadState: 'loaded' };
  expect(decideUnitState({ LoadState: 'not-found', ActiveState: 'inactive' })).toEqual({ state: 'absent' });
  expect(decideUnitState({ ...loaded, ActiveState: 'inactive', Job: '7' })).toEqual({ state: 'running' });
  expect(decideUnitState({ ...loaded, ActiveState: 'inactive' })).toEqual({ state: 'absent' });
  expect(decideUnitState({ ...loaded, ActiveState: 'active', SubState: 'running' })).toEqual({ state: 'running' });
  expect(decideUnitState({ ...loaded, ActiveState: 'deactivating', SubState: 'stop-sigterm' })).toEqual({
    state: 'running',
  });
  const exited = { ...loaded, ActiveState: 'active', SubState: 'exited', Result: 'success', ExecMainCode: '1' };
  expect(decideUnitState({ ...exited, ExecMainStatus: '0' })).toEqual({ state: 'ended', exitCode: 0 });
  const failed = { ...loaded, ActiveState: 'failed', SubState: 'failed' };
  expect(decideUnitState({ ...failed, Result: 'exit-code', ExecMainCode: '1', ExecMainStatus: '203' })).toEqual({
    state: 'ended',
    exitCode: 203,
  });
  expect(decideUnitState({ ...failed, Result: 'signal', ExecMainCode: '2', ExecMainStatus: '9' })).toEqual({
    state: 'ended',
    exitCode: 137,
  });
  expect(decideUnitState({ ...failed, Result: 'timeout', ExecMainCode: '2', ExecMainStatus: '15' })).toEqual({
    state: 'ended',
    exitCode: 124,
  });
  expect(decideUnitState({ ...failed, Result: 'resources' })).toEqual({ state: 'ended', exitCode: 1 });
});
