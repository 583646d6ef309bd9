// docker-compose.temporal.yml against the compose specification, by its reference implementation (compose-go).
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const file = join(here, '../../../docker-compose.temporal.yml');

/** Loads a compose file as `docker compose` would; an engine is not needed. */
async function load(input: string): Promise<{ exitCode: number | undefined; all: string }> {
  const args = ['run', 'github.com/compose-spec/compose-go/v2/cmd', '-no-interpolation', input];
  const { exitCode, all } = await execa('go', args, { cwd: here, reject: false, all: true });
  return { exitCode, all: all ?? '' };
}

test('the compose file is valid, and holds server, database and interface', async () => {
  const { exitCode, all } = await load(file);
  expect(all).toContain('temporalio/auto-setup');
  expect(all).toContain('postgres:');
  expect(all).toContain('temporalio/ui');
  expect(exitCode).toBe(0);
});

test('the check would notice an invalid file', async () => {
  const { exitCode, all } = await load(join(here, 'invalid.yml'));
  expect(exitCode).not.toBe(0);
  expect(all).toContain('restrat');
});
