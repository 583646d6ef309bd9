import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { moveLauncher, moveUnit } from './debian-agent.ts';

const packaging = join(dirname(dirname(import.meta.dirname)), 'packaging');
const read = (name: string) => readFile(join(packaging, name), 'utf8');

test('the unit of the deb is that of the tar, but for its place and the version before, which apt does not keep', async () => {
  const before = await read('byo-agent.service');
  const unit = moveUnit(before);
  expect(unit).toContain('ExecStart=/usr/lib/byo-agent/bin/byo-agent run');
  expect(unit).not.toMatch(/\/usr\/local|fall-back|trial/);
  const lost = before
    .split('\n')
    .filter((line) => !unit.includes(line.replace('/usr/local/lib/byo-agent/current', '/usr/lib/byo-agent')));
  expect(lost.map((line) => line.split('=')[0])).toEqual([
    expect.stringMatching(/^# A version that was installed last/),
    'ExecStartPre',
    'ExecStartPost',
  ]);
});

test('the launcher of the deb starts the Node beside it', async () => {
  const launcher = moveLauncher(await read('byo-agent'));
  expect(launcher).toContain('home=/usr/lib/byo-agent\n');
  expect(launcher).not.toContain('/usr/local');
});
