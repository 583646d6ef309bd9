import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from './run-command.ts';

async function* broken() {
  yield Buffer.from('begun');
  throw new Error('the archive is corrupt');
}

test('an exit code is an answer, not an error', async () => {
  expect(await runCommand(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
    exitCode: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('a command that does not exist answers 127 and says so', async () => {
  const result = await runCommand(['no-such-command-of-ours']);
  expect(result.exitCode).toBe(127);
  expect(result.stderr).toContain('ENOENT');
});

test('a signal answers 128 and its number', async () => {
  expect((await runCommand(['sh', '-c', 'kill -KILL $$'])).exitCode).toBe(137);
});

/** Megabytes of one letter each, all in the same buffer. */
async function* letters(text: string) {
  const buffer = Buffer.alloc(1024 * 1024);
  for (const letter of text) yield buffer.fill(letter);
}

test('input comes in pieces, each taken before the next is asked for', async () => {
  const sums = await runCommand(['sha256sum'], { input: letters('abcdefgh') });
  const hash = createHash('sha256');
  for await (const piece of letters('abcdefgh')) hash.update(piece);
  expect(sums.stdout).toContain(hash.digest('hex'));
});

test('a command that does not read all of its input ends as it will', async () => {
  expect((await runCommand(['head', '-c', '1'], { input: letters('abcdefgh') })).stdout).toBe('a');
  expect(await runCommand(['sh', '-c', 'exit 3'], { input: letters('abcdefgh') })).toMatchObject({ exitCode: 3 });
  expect((await runCommand(['no-such-command-of-ours'], { input: letters('a') })).exitCode).toBe(127);
});

test('a broken input is its own error, and never passes for a whole one', async () => {
  const marker = join(tmpdir(), `byo-broken-${process.pid}`);
  const whole = runCommand(['sh', '-c', `cat > /dev/null; echo > ${marker}`], { input: broken() });
  await expect(whole).rejects.toThrow('the archive is corrupt');
  expect(existsSync(marker)).toBe(false);
});

test('the environment is ours alone', async () => {
  const { stdout } = await runCommand(['env']);
  expect(stdout.split('\n').toSorted().filter(Boolean)).toEqual([
    'HOME=/root',
    'LC_ALL=C.UTF-8',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ]);
});

test('only the end of a long output is kept', async () => {
  const { stdout } = await runCommand(['sh', '-c', 'seq 1 100000']);
  expect(stdout.length).toBe(64 * 1024);
  expect(stdout.endsWith('100000\n')).toBe(true);
});

test('a timeout ends what the command started as well', async () => {
  const marker = `9${process.pid}`;
  await expect(
    runCommand(['sh', '-c', `sleep ${marker} & sleep ${marker}`], { timeoutSeconds: 0.2 }),
  ).rejects.toMatchObject({
    reason: 'StepFailed',
    retryable: true,
  });
  await expect
    .poll(async () => (await runCommand(['sh', '-c', `ps -eo args | grep -c '^sleep ${marker}'`])).stdout.trim())
    .toBe('0');
});

test('an abort throws the reason of the caller', async () => {
  const stop = new AbortController();
  const running = runCommand(['sleep', '60'], { signal: stop.signal });
  stop.abort(new Error('stopped'));
  await expect(running).rejects.toThrow('stopped');
});
