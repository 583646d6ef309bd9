// The file of the trust, without a cluster: sealed, whole, for its owner alone.
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactEncrypt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CA_SECRET_KEYS } from '../api/names.ts';
import { createAuthority } from '../common/pki/authority.ts';
import { readPassphrase } from './read-passphrase.ts';
import { describeTrust, openTrust, sealTrust, type Trust } from './trust-file.ts';
import { writeSecretFile } from './write-secret-file.ts';

const INSTALLATION = '7d8a3c4e-0000-4000-8000-000000000001';
const encode = (text: string): string => Buffer.from(text).toString('base64');
const PASSPHRASE = 'correct horse battery';
let folder: string;
let trust: Trust;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-trust-'));
  const { certificate, key } = await createAuthority('byo', new Date());
  const authority = { [CA_SECRET_KEYS.certificate]: encode(certificate), [CA_SECRET_KEYS.key]: encode(key) };
  const exportedAt = '2026-01-01T00:00:00.000Z';
  trust = { version: 1, exportedAt, installation: INSTALLATION, authority, signing: { current: encode('{}') } };
});
afterAll(() => rm(folder, { recursive: true }));

test('what is sealed is opened with its passphrase, and with no other', async () => {
  const sealed = await sealTrust(trust, PASSPHRASE);
  expect(await openTrust(`${sealed}\n`, PASSPHRASE)).toEqual(trust);
  expect(decodeProtectedHeader(sealed)).toMatchObject({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 600_000 });
  expect(Buffer.from(sealed.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toContain('PRIVATE');
  const [head = '', ...rest] = sealed.split('.');
  for (const [text, passphrase] of [
    [sealed, `${PASSPHRASE} `],
    [sealed.slice(0, -4), PASSPHRASE],
    [[`${head.slice(0, -2)}AA`, ...rest].join('.'), PASSPHRASE],
    ['', PASSPHRASE],
  ] as const) {
    await expect(openTrust(text, passphrase)).rejects.toThrow('the file cannot be opened');
  }
});

test('a file of a later version is refused, and what is told of it is no secret', async () => {
  const later = await new CompactEncrypt(Buffer.from(JSON.stringify({ ...trust, version: 2 })))
    .setProtectedHeader({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', typ: 'byo-trust+jwe' })
    .setKeyManagementParameters({ p2c: 1000 })
    .encrypt(Buffer.from(PASSPHRASE));
  await expect(openTrust(later, PASSPHRASE)).rejects.toThrow('something else than trust');
  expect(describeTrust(trust)).toMatch(
    /^the trust of installation 7d8a3c4e\S+ \(CA sha256:[\w-]{43}, exported 2026\S+\)$/,
  );
});

test('the file is its owner’s alone, there as a whole, and replaced only by force', async () => {
  const path = join(folder, 'a.trust');
  await writeSecretFile(path, 'one', { force: false });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await expect(writeSecretFile(path, 'two', { force: false })).rejects.toThrow('is there already');
  expect(await readFile(path, 'utf8')).toBe('one');
  await chmod(path, 0o644);
  await writeSecretFile(path, 'two', { force: true });
  expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual(['two', 0o600]);
  await expect(writeSecretFile(join(folder, 'none', 'b'), 'x', { force: true })).rejects.toThrow('ENOENT');
  expect(await readdir(folder)).toEqual(['a.trust']);
});

test('a passphrase is the first line of a file, and no short one', async () => {
  const path = join(folder, 'passphrase');
  await writeFile(path, `${PASSPHRASE}\nmore\n`);
  expect(await readPassphrase(path, { twice: true })).toBe(PASSPHRASE);
  await writeFile(path, 'short\n');
  await expect(readPassphrase(path, { twice: true })).rejects.toThrow('fewer than 12');
});
