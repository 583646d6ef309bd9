// C9: whatever a loss of power leaves of an update, and whatever the new version does, the host keeps an agent.
import { existsSync } from 'node:fs';
import { readFile, readlink, readdir, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createInstallWorld, type InstallWorld } from './install-world.ts';

const ROOT = 'usr/local/lib/byo-agent';
const UNIT = 'etc/systemd/system/byo-agent.service';

let world: InstallWorld;

beforeEach(async () => {
  world = await createInstallWorld();
});

afterEach(() => world.remove());

const install = (folder: string) => world.run('sh', `${folder}/install.sh`);
const current = () => readlink(world.at(`${ROOT}/current`));
const started = async () => (await readFile(world.at('var/lib/started'), 'utf8')).trim().split('\n');
const entries = async () => (await readdir(world.at(ROOT))).toSorted();

test('an update keeps the version before, whose own installer is the way back', async () => {
  const [first, second, third] = [await world.pack('1-a'), await world.pack('1-b'), await world.pack('1-c')];
  for (const folder of [first, second, third]) expect(await install(folder)).toMatchObject({ exitCode: 0 });
  expect(await entries()).toEqual(['1-b', '1-c', 'current', 'fall-back', 'previous']);
  expect(await started()).toEqual(['1-a', '1-b', '1-c']);
  expect((await install(third)).said).toContain('1-c runs');
  expect(await readlink(world.at(`${ROOT}/previous`))).toBe('1-b');
  const back = await world.run('sh', '/usr/local/lib/byo-agent/previous/install.sh');
  expect(back).toEqual({ exitCode: 0, said: 'byo-agent 1-b runs\n' });
  expect(await entries()).toEqual(['1-b', '1-c', 'current', 'fall-back', 'previous']);
});

test('all of a version is on the disk before it says that it is whole, and that before it is the current one', async () => {
  await install(await world.pack('1-a'));
  await writeFile(world.at('var/lib/synced'), '');
  await install(await world.pack('1-b'));
  const synced = (await readFile(world.at('var/lib/synced'), 'utf8')).trim().split('\n');
  expect(synced.slice(0, 3)).toEqual([
    '-f .new files not-moved current=1-a',
    '-f .new whole not-moved current=1-a',
    '-f byo-agent none moved current=1-a',
  ]);
  expect(synced.at(-1)).toBe('-f byo-agent none moved current=1-b');
});

test.each([
  ['the program', 'lib/main.cjs', 0],
  ['half of Node', 'bin/node', 5],
  ['the word that it is whole', 'VERSION', 0],
  ['the hashes', 'SHA256SUMS', 0],
])('what a crash has taken of the version that runs (%s) is copied anew, beside it', async (_what, file, length) => {
  const folder = await world.pack('1-a');
  await install(await world.pack('1-0'));
  await install(folder);
  await truncate(world.at(`${ROOT}/1-a/${file}`), length);
  await truncate(world.at(UNIT), 0);
  expect(await install(folder)).toMatchObject({ exitCode: 0 });
  expect(await current()).toBe('1-a.again');
  expect(await readlink(world.at(`${ROOT}/previous`))).toBe('1-0');
  expect(await readFile(world.at(`${ROOT}/current/${file}`))).toEqual(await readFile(`${folder}/${file}`));
  expect(await readFile(world.at(UNIT))).toEqual(await readFile(`${folder}/byo-agent.service`));
  await truncate(world.at(`${ROOT}/1-a.again/${file}`), length);
  expect(await install(folder)).toMatchObject({ exitCode: 0 });
  expect(await current()).toBe('1-a');
  expect(await install(folder)).toMatchObject({ exitCode: 0, said: 'byo-agent 1-a runs\n' });
});

test('a package that is not whole is not installed', async () => {
  const folder = await world.pack('1-a');
  await truncate(`${folder}/lib/main.cjs`, 3);
  expect(await install(folder)).toMatchObject({ exitCode: 1, said: expect.stringMatching(/not whole: fetch/) });
  expect(existsSync(world.at(ROOT))).toBe(false);
});

test('a version that does not come to READY gives way to the one before, and that is said', async () => {
  await install(await world.pack('1-a'));
  const { exitCode, said } = await install(await world.pack('1-b', { starts: false }));
  expect({ exitCode, said }).toMatchObject({
    exitCode: 1,
    said: expect.stringMatching(/1-b does not start.*1-a runs/s),
  });
  expect(await current()).toBe('1-a');
  expect((await started()).at(-1)).toBe('1-a');
});

test('cut off between the switch and READY, a version that does not start gives way by itself', async () => {
  await install(await world.pack('1-a'));
  await world.pack('1-b', { starts: false });
  await cutAfterSwitch('1-b');
  const start = () => world.run('systemctl', 'start', 'byo-agent.service');
  const ends: number[] = [];
  while ((await current()) === '1-b') ends.push((await start()).exitCode);
  expect(ends).toEqual([1, 1, 1, 0]);
  expect(await started()).toEqual(['1-a', '1-b', '1-b', '1-b', '1-a']);
  expect(existsSync(world.at(`${ROOT}/trial`))).toBe(false);
});

test('cut off there, a version that starts stays; one that has lost a file gives way at once', async () => {
  await install(await world.pack('1-a'));
  await world.pack('1-b');
  await cutAfterSwitch('1-b');
  await world.run('systemctl', 'start', 'byo-agent.service');
  expect(await current()).toBe('1-b');
  expect(existsSync(world.at(`${ROOT}/trial`))).toBe(false);
  await world.pack('1-c');
  await cutAfterSwitch('1-c');
  await truncate(world.at(`${ROOT}/1-c/bin/node`), 0);
  await world.run('systemctl', 'start', 'byo-agent.service');
  expect(await current()).toBe('1-b');
});

test('a version that was never seen at READY is none to go back to', async () => {
  await install(await world.pack('1-a'));
  await world.pack('1-b', { starts: false });
  await cutAfterSwitch('1-b');
  expect(await install(await world.pack('1-c', { starts: false }))).toMatchObject({ exitCode: 1 });
  expect(await current()).toBe('1-a');
  await install(await world.pack('1-d'));
  expect(await entries()).toEqual(['1-a', '1-d', 'current', 'fall-back', 'previous']);
});

/** The power goes where systemd is asked to start it: nothing of that happens. */
async function cutAfterSwitch(version: string): Promise<void> {
  const systemctl = await readFile(world.at('tools/systemctl'), 'utf8');
  await writeFile(world.at('tools/systemctl'), '#!/bin/sh\ncase $1 in start | restart) kill -9 $PPID ;; esac\n');
  await install(world.at(`packages/${version}`));
  await writeFile(world.at('tools/systemctl'), systemctl);
}
