// D10: the sealing key of a host over its renewals, on a real API server.
import { beforeAll, expect, test, vi } from 'vitest';
import { signRequest } from '../../../common/enrollment/messages.ts';
import { parsePublicJwk } from '../../../common/keys/jwk.ts';
import { BYO_HOSTS } from '../../../common/kube/resources.ts';
import { createKeyPair } from '../../../common/keys/sealing.ts';
import { bring, enrollOne, open, startEnrollment } from './enrolling.ts';
import { admin, newNamespace, prepareServer } from './fixtures.ts';
import { runController } from './running.ts';

beforeAll(prepareServer);

test('D10: a renewal rolls the sealing key, once; the same request of long ago rolls nothing back', async () => {
  const namespace = await newNamespace();
  await using running = await runController(namespace);
  await using enrollment = await startEnrollment(running.findHosts);
  const { keys, identity } = await enrollOne(enrollment, namespace);
  await vi.waitFor(() => expect(running.findHosts(identity.hostID)).toHaveLength(1), 15_000);
  const roll = async (replaces: string) => {
    const next = await createKeyPair('sealing');
    const { kid: _, ...key } = await parsePublicJwk(JSON.stringify(next.publicJwk));
    const payload = { hostID: identity.hostID, issuedAt: 0, sealing: { key, replaces } };
    return { id: next.id, request: await signRequest('renew', payload, keys.tls.privateJwk) };
  };
  const renew = async (request: string) =>
    (await open(enrollment, await bring(enrollment, 'renew', { request }), request)).sealingKey;
  const pinned = async () =>
    (await admin.get(BYO_HOSTS, { namespace, name: identity.name })).spec.keys?.map(({ use, id }) => `${use} ${id}`);
  expect(identity.sealingKey).toBe(keys.sealing.id);
  const first = await roll(keys.sealing.id);
  const second = await roll(first.id);
  // The second of each two is a lost answer's.
  for (const { id, request } of [first, first, second, second]) expect(await renew(request)).toBe(id);
  for (const old of [first, await roll(keys.sealing.id)]) expect(await renew(old.request)).toBe(second.id);
  expect(await pinned()).toEqual([`tls ${keys.tls.id}`, `sealing ${second.id}`]);
});
