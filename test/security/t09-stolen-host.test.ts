// T9: a host is stolen, or its state copied, and revoked.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import { hostQueueOf } from '../../api/names.ts';
import { signRequest } from '../../common/enrollment/messages.ts';
import { runByo } from '../../harness/hosts.ts';
import { waitFor } from '../../lab/wait.ts';
import { waitForAudit } from './audit.ts';
import { enrollPatiently, forgetHosts, NAMESPACE, openEnrollment, sendPatiently, unique } from './enrollments.ts';
import { openGrpc } from './grpc.ts';
import { call, dial, enrollBody, makeKeys, type Keys, type LightHost } from './light-host.ts';
import { giveTask, pollCall, takeTask, useTemporal } from './tasks.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let token = '';
let keys: Keys;
let thief: LightHost;
let other: LightHost;
const LIMIT_MS = 60_000;

beforeAll(async () => {
  world = await openWorld();
  ({ token } = await openEnrollment(world, unique('t09'), { hosts: 2 }));
  keys = await makeKeys();
  thief = await enrollPatiently(world, token, keys, unique('t09'));
  other = await enrollPatiently(world, token, await makeKeys(), unique('t09'));
});

afterAll(() => forgetHosts(world, [thief, other]));

const revoke = () => runByo(world.instance, ['host', 'revoke', thief.identity.name, '-n', NAMESPACE]);

test('T9: revoking cuts what lives within a minute, lets nothing of it in again, and touches nobody else', async () => {
  const { hostID } = thief.identity;
  const queue = hostQueueOf(hostID);
  using stolen = await openGrpc(thief);
  using honest = await openGrpc(other);
  const poll = stolen.call(pollCall(queue));
  const http = await dial(thief, 'http/1.1');
  const httpEnded = new Promise((resolve) => http.once('close', resolve));
  const isPolling = async () => {
    const { status: answered, body } = await call(thief, { method: 'PUT', path: GATEWAY_PATHS.lease });
    return answered === 200 && JSON.parse(body).secondsSincePoll === 0 ? undefined : body;
  };
  await waitFor('the poll to be open', isPolling, { timeoutMs: 30_000, everyMs: 1000 });

  await revoke();
  const ended = { gRPC: false, HTTP: false };
  void stolen.closed.then(() => (ended.gRPC = true));
  void httpEnded.then(() => (ended.HTTP = true));
  const isCut = async () => (ended.gRPC && ended.HTTP ? undefined : JSON.stringify(ended));
  await waitFor('both connections to be cut', isCut, { timeoutMs: LIMIT_MS });
  expect((await poll).code).not.toBe(status.OK);
  await waitForAudit(world, hostID, { outcome: 'denied', why: 'Revoked' });

  await using temporal = await useTemporal(world);
  const task = await giveTask(temporal.client, other.identity.hostID);
  expect((await takeTask(honest, other.identity.hostID)).workflowExecution?.workflowId).toBe(task.workflowId);
});

test('T9: nothing that was on the disk opens the door again', async () => {
  const { hostID } = thief.identity;
  await revoke();
  using copy = await openGrpc(thief);
  expect((await copy.call(pollCall(hostQueueOf(hostID)))).code).toBe('cut');
  const report = await call(thief, { method: 'PUT', path: GATEWAY_PATHS.lease });
  expect([report.status, JSON.parse(report.body)]).toMatchObject([403, { reason: 'HostRevoked' }]);
  const blob = await call(thief, { method: 'GET', path: `${GATEWAY_PATHS.blobs}index.json` });
  expect(blob.status).toBe(403);
  const request = await signRequest('renew', { hostID, issuedAt: Math.floor(Date.now() / 1000) }, keys.tls.privateJwk);
  expect((await sendPatiently(world, { request }, GATEWAY_PATHS.renew)).status).toBe(403);
  expect((await sendPatiently(world, await enrollBody(token, keys))).status).toBe(403);
  expect((await sendPatiently(world, await enrollBody(token, await makeKeys()))).status).toBe(403);
});
