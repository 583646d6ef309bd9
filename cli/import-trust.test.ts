// The trust of an installation from one management cluster into another: two clusters in memory, of different UIDs.
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { CA_SECRET, CA_SECRET_KEYS, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE } from '../api/names.ts';
import { createKube, type Kube } from '../common/kube/client.ts';
import { KubeError } from '../common/kube/errors.ts';
import { SECRETS } from '../common/kube/resources.ts';
import type { Request } from '../common/kube/transport.ts';
import { createAuthority } from '../common/pki/authority.ts';
import { authorityNameOf, readInstallation } from '../common/pki/ca-secret.ts';
import { createKeyPair } from '../common/keys/sealing.ts';
import { readTrust } from './export-trust.ts';
import { importTrust } from './import-trust.ts';

const SOURCE = '7d8a3c4e-0000-4000-8000-000000000001';
const TARGET = '7d8a3c4e-0000-4000-8000-000000000002';
const Posted = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });
const CA = { namespace: SYSTEM_NAMESPACE, name: CA_SECRET };

type Cluster = { kube: Kube; objects: Map<string, unknown> };
const stream = (): AsyncGenerator => expect.unreachable('nothing is watched');
const encode = (text: string): string => Buffer.from(text).toString('base64');

/** What is created is there; `uid` is that of kube-system. */
function openCluster(uid: string): Cluster {
  const metadata = { name: 'kube-system', uid, resourceVersion: '1' };
  const objects = new Map<string, unknown>([['/api/v1/namespaces/kube-system', { metadata }]]);
  const request = async ({ method, path, body }: Request): Promise<unknown> => {
    if (method === 'POST') {
      const posted = Posted.parse(body);
      const made = { ...posted, metadata: { ...posted.metadata, uid: 'u', resourceVersion: '1' } };
      objects.set(`${path}/${posted.metadata.name}`, made);
      return made;
    }
    const found = objects.get(path);
    if (!found) throw new KubeError(404, 'NotFound', path);
    return found;
  };
  return { kube: createKube({ request, stream }), objects };
}

async function createSecret({ kube }: Cluster, name: string, data: Record<string, string>): Promise<void> {
  const body = { metadata: { namespace: SYSTEM_NAMESPACE, name }, data };
  await kube.create(SECRETS, body, SYSTEM_NAMESPACE);
}

/** A cluster whose CA is named so, and bears no id, as one from before there was any. */
async function installed(uid: string, commonName: string): Promise<Cluster> {
  const cluster = openCluster(uid);
  const { certificate, key } = await createAuthority(commonName, new Date());
  const pair = { [CA_SECRET_KEYS.certificate]: encode(certificate), [CA_SECRET_KEYS.key]: encode(key) };
  await createSecret(cluster, CA_SECRET, pair);
  const { privateJwk } = await createKeyPair('signing');
  await createSecret(cluster, SIGNING_KEY_SECRET, { current: encode(JSON.stringify(privateJwk)) });
  return cluster;
}

let source: Cluster;

beforeAll(async () => {
  source = await installed(SOURCE, 'a CA of your own');
});

test('the installation is the same in another cluster, which gets its namespace; a second import changes nothing', async () => {
  const trust = await readTrust(source.kube);
  const target = openCluster(TARGET);
  expect(await importTrust(target.kube, trust)).toEqual([SIGNING_KEY_SECRET, CA_SECRET]);
  expect(target.objects.has(`/api/v1/namespaces/${SYSTEM_NAMESPACE}`)).toBe(true);
  expect(readInstallation(await target.kube.get(SECRETS, CA), TARGET)).toBe(SOURCE);
  expect((await readTrust(target.kube)).authority).toEqual(trust.authority);
  expect(await importTrust(target.kube, trust)).toEqual([]);
  expect(await importTrust(source.kube, trust)).toEqual([]);
});

test('an import that was cut off is finished by the next: the CA comes last', async () => {
  const trust = await readTrust(source.kube);
  const target = openCluster(TARGET);
  await createSecret(target, SIGNING_KEY_SECRET, trust.signing);
  expect(await importTrust(target.kube, trust)).toEqual([CA_SECRET]);
});

test('another trust is never replaced, not even in half, nor is the same CA under another id', async () => {
  const trust = await readTrust(source.kube);
  const target = await installed(TARGET, authorityNameOf(TARGET));
  const before = [...target.objects.values()];
  await expect(importTrust(target.kube, trust)).rejects.toThrow(`${SIGNING_KEY_SECRET} is there, and is not that`);
  target.objects.delete(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets/${SIGNING_KEY_SECRET}`);
  await expect(importTrust(target.kube, trust)).rejects.toThrow(`${CA_SECRET} is there, and is not that`);
  expect([...target.objects.values()]).toEqual(before.slice(0, -1));
  const restored = openCluster(TARGET);
  await createSecret(restored, CA_SECRET, (await source.kube.get(SECRETS, CA)).data);
  await expect(importTrust(restored.kube, trust)).rejects.toThrow(`${CA_SECRET} is there, and is not that`);
});

test('what cannot be used is neither exported nor imported', async () => {
  const trust = await readTrust(source.kube);
  const target = openCluster(TARGET);
  const half = { ...trust, authority: { [CA_SECRET_KEYS.certificate]: encode('none') } };
  await expect(importTrust(target.kube, half)).rejects.toThrow('lacks its certificate or key');
  await expect(importTrust(target.kube, { ...trust, signing: {} })).rejects.toThrow('has no key "current"');
  expect(target.objects.size).toBe(1);
  await expect(readTrust(target.kube)).rejects.toThrow(`there is no Secret ${SYSTEM_NAMESPACE}/${CA_SECRET}`);
});
