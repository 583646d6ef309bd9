// T26, T27, T28 on one whole life of a cluster: what a worker is told, what stays on disks, what an onlooker can read. All
// secrets are searched for by their own characters; that the search finds what is there, a seeded one shows each time.
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readBootstrapData } from '../../harness/bootstrap-data.ts';
import { findSecret, type Haystack } from '../support/canaries/search.ts';
import { readHistories, readLogs, readObjects } from '../support/canaries/places.ts';
import { searchDisks, watchProcesses } from '../support/canaries/machines.ts';
import { readClusterSecrets, readOwnSecrets, tokensIn } from '../support/canaries/secrets.ts';
import { readCommandLine, readInterface } from '../support/canaries/temporal-answers.ts';
import { runOn } from '../integration/host/run-on.ts';
import { ordersOf, openAs } from './given-orders.ts';
import { seedEverywhere, type Seeds } from './seeds.ts';
import { beginLife, endLife, enrollAnew, finishJoin, killInMidJoin, pair } from './whole-life.ts';
import { openTemporal, openWorld, type World } from './world.ts';

let world: World;
let machines: Awaited<ReturnType<typeof finishJoin>>;
const documents: Record<string, string> = {};
/** By what it is. */
const secrets: Record<string, string> = {};
const hits: Record<string, string[]> = {};
const workerOrders: Awaited<ReturnType<typeof ordersOf>> = [];
const objects: Haystack[] = [];
const processes: Haystack[] = [];

beforeAll(async () => {
  world = await openWorld();
  const { controlPlane, worker } = pair(world);
  const watch = watchProcesses();
  secrets['enrollment token'] = await enrollAnew(world, worker);
  await beginLife(world);
  await killInMidJoin(world);
  secrets['CA key of the cluster'] = (await readClusterSecrets(world.instance, 'life')).caKey;
  hits['mid-join'] = await searchDisks(controlPlane, [secrets['CA key of the cluster']]);
  machines = await finishJoin(world);
  await collect();
  await endLife(world);
  processes.push(...(await watch.stop()));
}, 600_000);

/** What is there only while the cluster is. */
async function collect(): Promise<void> {
  const { instance } = world;
  for (const name of Object.values(machines)) {
    documents[name] = (await readBootstrapData(instance, name)).document.toString();
  }
  const { tokens } = await readClusterSecrets(instance, 'life');
  for (const [at, token] of tokens.entries()) secrets[`join token ${at}`] = token;
  const own = await readOwnSecrets(instance);
  Object.assign(secrets, { 'CA key of hosts': own.caKey, 'signing key': own.signingKey });
  workerOrders.push(...(await ordersOf(world, machines.worker)));
  objects.push(...(await readObjects(instance)));
}

const documentOf = (machine: string): string => documents[machine] ?? '';

test('T26: a worker is told neither a certificate key nor a key of the control plane', () => {
  const worker = documentOf(machines.worker);
  expect(worker).toContain('kubeadm-join-config.yaml');
  expect(worker).not.toMatch(/certificate-?key|PRIVATE KEY/i);
  expect(documentOf(machines.controlPlane)).toContain('PRIVATE KEY');
  expect(documentOf(machines.controlPlane)).toContain(secrets['CA key of the cluster']);
});

const Join = z.object({ arguments: z.object({ document: z.string() }) });

test('T26: its orders carry its own bootstrap data and nothing else, and open on its host alone', async () => {
  const { controlPlane, worker } = pair(world);
  const joins = workerOrders.filter(({ verb }) => verb === 'join');
  expect(joins.length).toBeGreaterThan(1);
  for (const { sealed } of joins) {
    const order = Join.parse(await openAs(worker, sealed));
    expect(Buffer.from(order.arguments.document, 'base64').toString()).toBe(documentOf(machines.worker));
    await expect(openAs(controlPlane, sealed)).rejects.toThrow('decryption operation failed');
  }
  const installs = workerOrders.filter(({ verb }) => verb === 'install');
  for (const { sealed } of installs) {
    expect(JSON.stringify(await openAs(worker, sealed))).not.toMatch(/PRIVATE KEY|token/i);
  }
});

test('T26: the join token of each machine is its own', () => {
  const [first = '', ...more] = tokensIn(documentOf(machines.worker));
  const [second = ''] = tokensIn(documentOf(machines.unplaced));
  expect(more).toEqual([]);
  expect(first).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
  expect(second).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
  expect(second).not.toBe(first);
});

test('T27: with its agent killed in mid-join, the CA key lies where kubeadm needs it, and nowhere else', () => {
  const found = hits['mid-join'] ?? [];
  expect(found).toContain('/etc/kubernetes/pki/ca.key');
  expect(found.filter((path) => !path.startsWith('/etc/kubernetes/pki/'))).toEqual([]);
});

test('T27, T28: after the reset no secret is on the disks of the hosts; a seeded one is found', async () => {
  for (const host of world.hosts) {
    expect(await searchDisks(host, Object.values(secrets))).toEqual([]);
    await host.exec(['sh', '-c', 'cat > /var/tmp/seeded'], { input: `see ${secrets['join token 0']} here` });
    expect(await searchDisks(host, Object.values(secrets))).toEqual(['/var/tmp/seeded']);
    await runOn(host, 'rm /var/tmp/seeded');
  }
});

test('T28: no secret was seen in an object, an event, a command line or an environment', () => {
  expect(objects.some(({ where }) => where.startsWith('events'))).toBe(true);
  expect(processes.some(({ content }) => content.includes('kubelet'))).toBe(true);
  for (const [what, secret] of Object.entries(secrets)) {
    expect({ what, where: findSecret([...objects, ...processes], secret) }).toEqual({ what, where: [] });
  }
});

/** All that Temporal keeps, what it shows of workflows whose id has these words, and all logs. */
async function readAll(words: RegExp): Promise<Haystack[]> {
  const temporal = await openTemporal(world);
  const runs = [];
  for await (const { workflowId, runId } of temporal.client.workflow.list()) runs.push({ workflowId, runId });
  await temporal.close();
  const presented = runs.filter(({ workflowId }) => words.test(workflowId));
  expect(presented.length).toBeGreaterThan(0);
  const { instance } = world;
  const found = [await readHistories(instance), await readLogs(instance), await readInterface(instance, presented)];
  return [...found.flat(), ...(await readCommandLine(instance, presented))];
}

test('T28: Temporal’s database, command line and interface, and all logs hold no secret', async () => {
  const haystacks = await readAll(/\/life-/);
  for (const [what, secret] of Object.entries(secrets)) {
    expect({ what, where: findSecret(haystacks, secret) }).toEqual({ what, where: [] });
  }
});

/** How the search names what it has searched. */
const PLACES = [
  /^history seeded/,
  /temporal\.db/,
  /^temporal workflow show/,
  /\/api\/v1\/.*\/history/,
  /^configmaps$/,
  /^journal of/,
  /environ/,
  /cmdline/,
];

test('T28: a secret that leaked would be found in each of these places', async () => {
  const token = secrets['join token 0'] ?? '';
  const seeds: Seeds = await seedEverywhere(world, token);
  try {
    const where = findSecret(
      [...(await readAll(/^seeded/)), ...(await readObjects(world.instance, ['configmaps'])), ...seeds.processes],
      token,
    );
    expect(PLACES.filter((place) => !where.some((one) => place.test(one)))).toEqual([]);
  } finally {
    await seeds.remove();
  }
});
