import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isSameLink, readTemporalLink } from './temporal-link.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-link-'));
  await writeFile(
    join(folder, 'temporal.toml'),
    [
      '[profile.default]\naddress = "by-file:7233"\nnamespace = "of-file"',
      '[profile.cloud]\naddress = "cloud:7233"\napi_key = "secret"',
    ].join('\n'),
  );
  for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder, name), `${name} 1`);
});
afterAll(async () => rm(folder, { recursive: true }));

const none = () => ({ TEMPORAL_CONFIG_FILE: join(folder, 'none.toml') });
const file = () => ({ TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml') });
const files = () => ({
  ...none(),
  TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'ca'),
  TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, 'cert'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: join(folder, 'key'),
});

test('nothing said: the local server, in clear', () => {
  expect(readTemporalLink({}, none())).toEqual({ address: '127.0.0.1:7233', namespace: 'default', options: {} });
});

test('a flag wins over the environment, and that over the file', () => {
  expect(readTemporalLink({}, file())).toMatchObject({ address: 'by-file:7233', namespace: 'of-file' });
  const env = { ...file(), TEMPORAL_ADDRESS: 'by-env:7233' };
  expect(readTemporalLink({}, env)).toMatchObject({ address: 'by-env:7233', namespace: 'of-file' });
  const flags = { address: 'by-flag:7233', namespace: 'of-flag' };
  expect(readTemporalLink(flags, env)).toMatchObject(flags);
});

test('an API key means TLS', () => {
  const link = readTemporalLink({}, { ...file(), TEMPORAL_PROFILE: 'cloud' });
  expect(link).toMatchObject({ address: 'cloud:7233', options: { apiKey: 'secret', tls: true } });
});

test('certificates are read from their files each time, and another one is another link', async () => {
  const before = readTemporalLink({}, files());
  expect(before.options.tls).toMatchObject({ serverNameOverride: 'temporal.test' });
  expect(isSameLink(readTemporalLink({}, files()), before)).toBe(true);
  await writeFile(join(folder, 'cert'), 'cert 2');
  expect(isSameLink(readTemporalLink({}, files()), before)).toBe(false);
});

test('a file that is not there is an error that names it', () => {
  const env = { ...files(), TEMPORAL_TLS_CLIENT_KEY_PATH: join(folder, 'nowhere') };
  expect(() => readTemporalLink({}, env)).toThrow(/nowhere/);
});
