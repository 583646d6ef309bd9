// T4: a host takes a name that looks like another's, or an id that is another's but for a letter.
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import { hostQueueOf } from '../../api/names.ts';
import { signRequest } from '../../common/enrollment/messages.ts';
import { createAuthority } from '../../common/pki/authority.ts';
import { loadAuthority } from '../../common/pki/authority.ts';
import { issueHostCertificate } from '../../common/pki/issue.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import { reportedHost } from '../support/builders.ts';
import { enrollPatiently, forgetHosts, NAMESPACE, openEnrollment, sendPatiently, unique } from './enrollments.ts';
import { openGrpc, patiently } from './grpc.ts';
import { call, makeKeys, type LightHost } from './light-host.ts';
import { pollCall } from './tasks.ts';
import { openWorld, type World } from './world.ts';

let world: World;
/** Their hostnames are all one to somebody who is careless: prefix, suffix, case, dot, twin in another script, nothing. */
let wishes: string[] = [];
const hosts: LightHost[] = [];

beforeAll(async () => {
  world = await openWorld();
  const a = unique('a');
  const twin = a.replace('a', '\u0430');
  wishes = [a, `b${a}`, a.toUpperCase(), `${a}.`, '', twin, `${a}\u200b`, `${a}\u0000`, `../${a}`, `${a}/status`];
  wishes.push(`${a},O=system:masters`, '\u202e'.repeat(80), 'x'.repeat(253), a);
  const { token } = await openEnrollment(world, unique('t04'), { hosts: wishes.length });
  for (const wish of wishes) hosts.push(await enrollPatiently(world, token, await makeKeys(), wish));
});

afterAll(() => forgetHosts(world, hosts));

const Named = z.object({
  spec: z.object({ hostID: z.string(), keys: z.array(z.object({ id: z.string(), use: z.string() })) }),
  status: z.object({ reported: z.object({ hostname: z.string() }).optional() }).optional(),
});

const read = async ({ identity }: LightHost) =>
  Named.parse(await world.kubectl.get(['byohost', '-n', NAMESPACE, identity.name]));

function first(): LightHost {
  const [a] = hosts;
  if (!a) throw new Error('no host has enrolled');
  return a;
}

test('T4: whatever a host calls itself, it is a host of its own', async () => {
  expect(new Set(hosts.map(({ identity }) => identity.hostID)).size).toBe(wishes.length);
  expect(new Set(hosts.map(({ identity }) => identity.name)).size).toBe(wishes.length);
  for (const host of hosts) {
    expect(host.identity.name).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
    const { spec } = await read(host);
    expect(spec.hostID).toBe(host.identity.hostID);
    expect(spec.keys.find(({ use }) => use === 'tls')?.id).toBe(host.keys.tls.id);
  }
});

test('T4: a report under the hostname of another changes nothing of the other', async () => {
  const before = await read(first());
  for (const host of hosts.slice(1)) {
    const body = reportedHost({ hostname: first().identity.name, machineID: randomUUID() });
    const answer = await call(host, { method: 'PUT', path: GATEWAY_PATHS.report, body });
    expect(answer.status).toBe(204);
    expect((await read(host)).status?.reported?.hostname).toBe(first().identity.name);
  }
  expect(await read(first())).toEqual(before);
});

test('T4: an id that is another’s but for case, length or a dot opens no queue', async () => {
  const { hostID } = first().identity;
  const ids = [
    hostID.toUpperCase(),
    `${hostID}.`,
    ` ${hostID}`,
    hostID.slice(0, -1),
    `${hostID}0`,
    hostID.replaceAll('-', ''),
  ];
  using grpc = await openGrpc(first());
  for (const id of [...ids, '', '*', first().identity.name]) {
    expect([id, (await patiently(grpc, pollCall(hostQueueOf(id)))).code]).toEqual([id, status.PERMISSION_DENIED]);
  }
});

test('T4: nobody renews the certificate of another', async () => {
  const [a, b] = hosts;
  if (!a || !b) throw new Error('two hosts are needed');
  const issuedAt = Math.floor(Date.now() / 1000);
  for (const hostID of [
    a.identity.hostID,
    a.identity.hostID.toUpperCase(),
    b.identity.hostID.toUpperCase(),
    randomUUID(),
  ]) {
    const request = await signRequest('renew', { hostID, issuedAt }, b.keys.tls.privateJwk);
    expect([hostID, (await sendPatiently(world, { request }, GATEWAY_PATHS.renew)).status]).toEqual([hostID, 403]);
  }
});

test('T4: a certificate for another by a CA of the same name is none', async () => {
  const { identity, credentials, address } = first();
  const { management, hostID } = identity;
  const authority = await loadAuthority(await createAuthority(`byo ${management}`, new Date()));
  const tlsKey = await parsePublicJwk(JSON.stringify(first().keys.tls.publicJwk));
  const cert = await issueHostCertificate(authority, { installation: management, hostID, tlsKey, now: new Date() });
  const forged = { address, credentials: { ...credentials, cert } };
  const refused = await call(forged, { method: 'PUT', path: GATEWAY_PATHS.lease });
  expect([refused.status, JSON.parse(refused.body)]).toMatchObject([401, { reason: 'CertificateRefused' }]);
  using grpc = await openGrpc(forged);
  expect((await grpc.call(pollCall(hostQueueOf(hostID)))).code).toBe('cut');
});
