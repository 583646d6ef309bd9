// T16: the hosts of a namespace serve its own Machines alone, whatever another tenant selects, writes or enrolls.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION } from '../../api/names.ts';
import { enrollWith, makeKeys } from './light-host.ts';
import { hireLiar, inviteIn, type AtWork } from './light-work.ts';
import {
  asTenant,
  createMachine,
  createTenant,
  create,
  installerRef,
  namesOf,
  readHost,
  secretOf,
  waitForReason,
} from './tenants.ts';
import { openWorld, type World } from './world.ts';

const LABELS = { 'byo.example.com/threat': 't16' };

let world: World;
let victim: string;
let attacker: string;
let host: AtWork;
let own: AtWork;
let tenant: Awaited<ReturnType<typeof asTenant>>;

beforeAll(async () => {
  world = await openWorld();
  [victim, attacker] = [await createTenant(world, 't16-victim'), await createTenant(world, 't16-attacker')];
  for (const namespace of [victim, attacker])
    await create(world, [secretOf({ namespace, name: 'data' }, '#cloud-config\n')]);
  host = await hireLiar(world, { namespace: victim, name: 'host', labels: LABELS });
  own = await hireLiar(world, { namespace: attacker, name: 'own' });
  tenant = await asTenant(world, attacker);
});

afterAll(async () => {
  for (const one of [host, own]) await one?.stop();
});

test('T16: a machine whose selector fits another namespace’s free host alone waits, and says why', async () => {
  const at = { namespace: attacker, name: 'm' };
  await createMachine(world, at, { selects: LABELS, secret: 'data' });
  const { message } = await waitForReason(world, at, 'HostClaimed', 'NoHostFits');
  expect(message).toContain('1 not selected by spec.selector');
  expect((await readHost(world, { namespace: victim, name: 'host' })).spec.claim).toBeUndefined();
});

test('T16: the host goes to a later machine of its own namespace', async () => {
  const at = { namespace: victim, name: 'm' };
  await createMachine(world, at, { selects: LABELS, secret: 'data' });
  await waitForReason(world, at, 'HostClaimed', 'HostClaimed');
  const { claim } = (await readHost(world, { namespace: victim, name: 'host' })).spec;
  expect(claim).toMatchObject({ namespace: victim, name: 'm' });
  await waitForReason(world, { namespace: attacker, name: 'm' }, 'HostClaimed', 'NoHostFits');
  expect(own.orders).toEqual([]);
});

const patch = (namespace: string, what: string[], change: object) => [
  '-n',
  namespace,
  'patch',
  ...what,
  '--type=merge',
  '-p',
  JSON.stringify(change),
];

test('T16: the other tenant can neither see the host nor write anything of it', async () => {
  const tries = [
    ['-n', victim, 'get', 'byohosts'],
    patch(victim, ['byohost', 'host'], { spec: { unschedulable: true } }),
    patch(victim, ['byohost', 'host'], { spec: { claim: { namespace: attacker, name: 'm' } } }),
    patch(victim, ['byohost', 'host', '--subresource=status'], { status: { machineRef: { name: 'm' } } }),
    ['-n', victim, 'delete', 'byohost', 'host'],
  ];
  for (const args of tries) expect((await tenant(args)).stderr).toContain('Forbidden');
});

test('T16: nor can it write a claim, a key or a status of a host of its own', async () => {
  const claim = { namespace: attacker, name: 'm', incarnation: 'i', generation: 1 };
  const key = { id: 'k', use: 'tls', jwk: '{}' };
  for (const spec of [{ claim, lastGeneration: 1 }, { keys: [key] }, { hostID: host.host.identity.hostID }]) {
    const { stderr } = await tenant(patch(attacker, ['byohost', 'own'], { spec }));
    expect(stderr).toMatch(/written by the controller alone|hostID/);
  }
  const status = { status: { conditions: [] } };
  expect((await tenant(patch(attacker, ['byohost', 'own', '--subresource=status'], status))).stderr).toContain(
    'Forbidden',
  );
  const before = await readHost(world, { namespace: attacker, name: 'own' });
  expect(before.spec).toMatchObject({ hostID: own.host.identity.hostID });
  expect(before.spec.claim).toBeUndefined();
});

test('T16: nor give itself the host by making objects that name it', async () => {
  const { hostID } = host.host.identity;
  const { spec } = await readHost(world, { namespace: victim, name: 'host' });
  const metadata = { namespace: attacker, name: 'made' };
  const annotations = { 'byo.infrastructure.cluster.x-k8s.io/incarnation': spec.claim?.incarnation };
  const made = [
    { kind: 'ByoHost', metadata, spec: { hostID, keys: spec.keys } },
    { kind: 'ByoMachine', metadata, spec: { installerRef, providerID: `byoh://${hostID}/1` } },
    { kind: 'ByoMachine', metadata: { ...metadata, annotations }, spec: { installerRef } },
  ];
  for (const object of made) {
    const { stderr } = await tenant(['create', '-f', '-'], { apiVersion: API_VERSION, ...object });
    expect(stderr).toMatch(/Forbidden|written by the controller alone/i);
  }
  expect(await namesOf(world, attacker, 'byomachines')).toEqual(['m']);
  expect(await namesOf(world, attacker, 'byohosts')).toEqual(['own']);
});

test('T16: an enrollment makes hosts of its own namespace only', async () => {
  const mine = await inviteIn(world, { namespace: attacker, name: 'twice' });
  await inviteIn(world, { namespace: victim, name: 'twice' });
  const before = await namesOf(world, victim, 'byohosts');
  for (const name of ['twice', 'own']) {
    const token = mine.token.replace(attacker, victim).replace('twice', name);
    expect(token).toContain(victim);
    await expect(enrollWith(world, { ...mine, token }, await makeKeys())).rejects.toThrow('EnrolmentRefused');
  }
  expect(await namesOf(world, victim, 'byohosts')).toEqual(before);
  const { identity } = await enrollWith(world, mine, await makeKeys());
  expect(identity).toMatchObject({ namespace: attacker, name: 'twice' });
});
