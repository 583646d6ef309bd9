import { expect, test } from 'vitest';
import { CA_SECRET_KEYS } from '../../api/names.ts';
import type { Secret } from '../kube/resources.ts';
import { createAuthority } from './authority.ts';
import { authorityNameOf, readAuthorities, readInstallation } from './ca-secret.ts';

const ONE = '7d8a3c4e-0000-4000-8000-000000000001';
const HERE = '7d8a3c4e-0000-4000-8000-000000000002';

async function secretOf(commonName: string, more: Record<string, string> = {}): Promise<Secret> {
  const pair = await createAuthority(commonName, new Date());
  const stored = { [CA_SECRET_KEYS.certificate]: pair.certificate, [CA_SECRET_KEYS.key]: pair.key, ...more };
  const data = Object.fromEntries(
    Object.entries(stored).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
  return { metadata: { name: 'byo-ca', uid: 'u', resourceVersion: '1', labels: {} }, type: 'Opaque', data };
}

test('the id beside the CA is the installation, whatever the cluster is', async () => {
  const secret = await secretOf('byo anything', { [CA_SECRET_KEYS.installation]: `${ONE}\n` });
  expect(readInstallation(secret, HERE)).toBe(ONE);
  expect((await readAuthorities(secret)).certificates).toHaveLength(1);
});

test('a CA without an id belongs to the management cluster that made it, also when it is restored into another', async () => {
  expect(readInstallation(await secretOf(authorityNameOf(ONE)), HERE)).toBe(ONE);
  expect(readInstallation(await secretOf('a CA of your own'), HERE)).toBe(HERE);
});

test('a damaged id is no reason for another one', async () => {
  const secret = await secretOf(authorityNameOf(ONE), { [CA_SECRET_KEYS.installation]: 'x' });
  expect(() => readInstallation(secret, HERE)).toThrow(/holds no UUID.*Restore it/);
});
