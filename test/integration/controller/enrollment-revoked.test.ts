// A revoked host comes back by the word of whoever may revoke alone: on a real API server, over real TLS.
import { beforeAll, expect, test } from 'vitest';
import { BYO_HOST_ENROLLMENTS, BYO_HOSTS, type ObjectKey } from '../../../common/kube/resources.ts';
import { bring, createEnrollment, enrollOne, makeKeys, open, requestOf, startEnrollment } from './enrolling.ts';
import { admin, newNamespace, prepareServer } from './fixtures.ts';

beforeAll(prepareServer);

/** As `byo host revoke` does; answers the keys that are left. */
async function revoke(key: ObjectKey) {
  const { keys = [] } = (await admin.get(BYO_HOSTS, key)).spec;
  const left = keys.filter(({ use }) => use === 'sealing');
  await admin.patch(BYO_HOSTS, key, { manager: 'test', body: { spec: { keys: left, unschedulable: true } } });
  return left;
}

test('D5: a revoked host is replaced by an administrator’s enrollment alone; a refused one is not used up', async () => {
  const namespace = await newNamespace();
  await using enrollment = await startEnrollment();
  const { identity } = await enrollOne(enrollment, namespace);
  const key = { namespace, name: identity.name };
  const left = await revoke(key);
  const macKey = await createEnrollment(namespace, 'again', { spec: { replaceHost: identity.name } });
  const keys = await makeKeys();
  const request = await requestOf(keys, macKey, { namespace, enrollment: 'again' });
  const refused = await bring(enrollment, 'enroll', { request });
  expect(refused.status).toBe(403);
  expect(JSON.parse(refused.text)).toEqual({
    reason: 'EnrolmentRefused',
    message: `the ByoHost ${identity.name}, which this enrollment replaces, was revoked`,
    remedy: expect.stringContaining(`byo enroll create NAME -n ${namespace} --replace ${identity.name} --revoked`),
  });
  const unproven = await requestOf(keys, Buffer.alloc(32), { namespace, enrollment: 'again' });
  expect((await bring(enrollment, 'enroll', { request: unproven })).text).not.toContain('was revoked');
  expect((await admin.get(BYO_HOSTS, key)).spec.keys).toEqual(left);
  const again = { namespace, name: 'again' };
  expect((await admin.get(BYO_HOST_ENROLLMENTS, again)).spec.admitted).toBeUndefined();
  await admin.patch(BYO_HOST_ENROLLMENTS, again, { manager: 'test', body: { spec: { replaceRevoked: true } } });
  const replaced = await open(enrollment, await bring(enrollment, 'enroll', { request }), request);
  expect(replaced).toMatchObject({ hostID: identity.hostID, name: identity.name });
  const ids = (await admin.get(BYO_HOSTS, key)).spec.keys?.map(({ id }) => id);
  expect(ids?.toSorted()).toEqual([keys.sealing.id, keys.tls.id].toSorted());
});
