// T12: a host gives itself the labels by which machines, and their secrets, are placed. Only those of its enrollment count,
// and no enrollment grants a reserved one.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import { API_VERSION } from '../../api/names.ts';
import { reportedHost } from '../support/builders.ts';
import { sendPatiently } from './enrollments.ts';
import { requestWith } from './hostile-requests.ts';
import { becomeHost, call, openStranger, type LightHost } from './light-host.ts';
import { hireLiar, inviteIn, type AtWork } from './light-work.ts';
import { asTenant, createMachine, createTenant, create, readHost, secretOf, waitForReason } from './tenants.ts';
import { openWorld, type World } from './world.ts';

const GRANTED = { 'byo.example.com/site': 't12' };
const WISHED = { tier: 'prod', 'node-restriction.kubernetes.io/x': 'y', 'kubernetes.io/hostname': 'vault' };

let world: World;
let namespace: string;
let liar: LightHost;
let honest: AtWork | undefined;

beforeAll(async () => {
  world = await openWorld();
  namespace = await createTenant(world, 't12');
  await create(world, [secretOf({ namespace, name: 'data' }, '#cloud-config\n')]);
  const { token } = await inviteIn(world, { namespace, name: 'liar', labels: GRANTED });
  const { request, keys } = await requestWith(token, { labels: WISHED, metadata: { labels: WISHED } });
  const answer = await sendPatiently(world, { request });
  liar = await becomeHost(await openStranger(world), keys, { request, answer: answer.body });
});

afterAll(async () => {
  await honest?.stop();
});

/** Says under the name `vault` that it is fit, and adds labels wherever one could think of. */
async function reportLabels(): Promise<number> {
  const sealingKey = JSON.stringify(liar.keys.sealing.publicJwk);
  const facts = reportedHost({ hostname: 'vault', osID: 'prod', sealingKey });
  const more = { labels: WISHED, metadata: { labels: WISHED }, spec: { labels: WISHED } };
  const body = { ...facts, ...more };
  await call(liar, { method: 'PUT', path: GATEWAY_PATHS.lease, body: {} });
  return (await call(liar, { method: 'PUT', path: GATEWAY_PATHS.report, body })).status;
}

test('T12: whatever it asks for and reports, its labels are those of its enrollment', async () => {
  expect(await reportLabels()).toBe(204);
  const { metadata, status } = await readHost(world, { namespace, name: 'liar' });
  expect(metadata.labels).toEqual(GRANTED);
  expect(status?.reported?.hostname).toBe('vault');
});

test('T12: a machine that selects what it calls itself waits, and it is not among those that nearly fit', async () => {
  for (const [index, label] of Object.entries(WISHED).entries()) {
    const at = { namespace, name: `wish-${index}` };
    await createMachine(world, at, { selects: Object.fromEntries([label]), secret: 'data' });
    const { message } = await waitForReason(world, at, 'HostClaimed', 'NoHostFits');
    expect(message).toBe('no host fits: 1 not selected by spec.selector. Add or free a host, or change the selector');
  }
  expect((await readHost(world, { namespace, name: 'liar' })).spec.claim).toBeUndefined();
});

test('T12: the host that was granted the label gets the machine; the liar serves for what it was granted', async () => {
  honest = await hireLiar(world, { namespace, name: 'honest', labels: { tier: 'prod' } });
  await waitForReason(world, { namespace, name: 'wish-0' }, 'HostClaimed', 'HostClaimed');
  expect((await readHost(world, { namespace, name: 'honest' })).spec.claim?.name).toBe('wish-0');
  await createMachine(world, { namespace, name: 'm' }, { selects: GRANTED, secret: 'data' });
  await waitForReason(world, { namespace, name: 'm' }, 'HostClaimed', 'HostClaimed');
  expect((await readHost(world, { namespace, name: 'liar' })).spec.claim?.name).toBe('m');
});

test('T12: no enrollment grants a reserved label, whoever asks', async () => {
  const tenant = await asTenant(world, namespace);
  for (const label of ['node-restriction.kubernetes.io/x', 'node-role.kubernetes.io/control-plane', 'k8s.io/x']) {
    const enrollment = {
      apiVersion: API_VERSION,
      kind: 'ByoHostEnrollment',
      metadata: { namespace, name: 'reserved' },
      spec: { expiresAt: '2099-01-01T00:00:00Z', labels: { [label]: 'x' } },
    };
    const { exitCode, stderr } = await tenant(['create', '-f', '-'], enrollment);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Use a domain of your own')]);
    await expect(inviteIn(world, { namespace, name: 'reserved', labels: { [label]: 'x' } })).rejects.toThrow(
      'Use a domain of your own',
    );
  }
});
