// T17: whoever may name something cannot have the controller, which may read more than he, fetch what is not his.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION, ANNOTATIONS, GROUP } from '../../api/names.ts';
import { openOrder } from '../../common/keys/sealing.ts';
import { waitFor } from '../../lab/wait.ts';
import { kubeconfigFor, startRecording } from '../support/recording-server.ts';
import { hireLiar, type AtWork } from './light-work.ts';
import {
  asTenant,
  create,
  createMachine,
  createTenant,
  installerRef,
  namesOf,
  secretOf,
  waitForReason,
  type Named,
} from './tenants.ts';
import { openWorld, type World } from './world.ts';

const LABELS = { 'byo.example.com/threat': 't17' };
const LOOT = '#cloud-config\nruncmd: [loot]\n';
const OWN = '#cloud-config\nruncmd: [own]\n';

let world: World;
let other: string;
let namespace: string;
let machine: Named;
let host: AtWork;
let tenant: Awaited<ReturnType<typeof asTenant>>;

beforeAll(async () => {
  world = await openWorld();
  [other, namespace] = [await createTenant(world, 't17-other'), await createTenant(world, 't17')];
  machine = { namespace, name: 'm' };
  await create(world, [
    secretOf({ namespace, name: 'opaque' }, LOOT, { type: 'Opaque' }),
    secretOf({ namespace, name: 'foreign' }, LOOT, { cluster: 'another' }),
    secretOf({ namespace: other, name: 'elsewhere' }, LOOT),
    secretOf({ namespace, name: 'own' }, OWN),
  ]);
  tenant = await asTenant(world, namespace);
  host = await hireLiar(world, { namespace, name: 'host', labels: LABELS });
});

afterAll(async () => {
  await host?.stop();
});

const joins = () => host.orders.filter(({ verb }) => verb === 'join');

/** The Machine names another Secret, and another try is asked for. */
async function nameSecret(name: string): Promise<void> {
  const bootstrap = { spec: { bootstrap: { dataSecretName: name } } };
  const change = ['--type=merge', '-p', JSON.stringify(bootstrap)];
  await world.kubectl.run(['-n', namespace, 'patch', 'machine', 'm', ...change]);
  await world.kubectl.run([
    '-n',
    namespace,
    'annotate',
    '--overwrite',
    'byomachine/m',
    `${ANNOTATIONS.retryBootstrap}=`,
  ]);
}

/** The condition of the bootstrap once it names this Secret. */
async function waitForWords(reason: string, words: string): Promise<string> {
  let said = '';
  const probe = async () => {
    ({ message: said } = await waitForReason(world, machine, 'BootstrapSucceeded', reason));
    return said.includes(words) ? undefined : said;
  };
  await waitFor(`${reason} of ${words}`, probe, { timeoutMs: 60_000, everyMs: 250 });
  return said;
}

test('T17: bootstrap data that is a mere Opaque Secret is refused with the reason', async () => {
  await createMachine(world, machine, { selects: LABELS, secret: 'opaque' });
  const said = await waitForWords('BootstrapDataInvalid', 'Secret opaque');
  expect(said).toContain('is of type Opaque; only cluster.x-k8s.io/secret is used');
  expect(joins()).toEqual([]);
});

test('T17: so is the Secret of another cluster', async () => {
  await nameSecret('foreign');
  const said = await waitForWords('BootstrapDataInvalid', 'Secret foreign');
  expect(said).toContain('does not carry the label cluster.x-k8s.io/cluster-name=c');
  expect(joins()).toEqual([]);
});

test('T17: a Secret of another namespace does not exist for it', async () => {
  await nameSecret('elsewhere');
  const said = await waitForWords('WaitingForBootstrapData', 'Secret elsewhere');
  expect(said).toContain('is not found');
  expect(joins()).toEqual([]);
});

test('T17: its own is sent, to its own host', async () => {
  await nameSecret('own');
  await waitForReason(world, machine, 'BootstrapSucceeded', 'BootstrapSucceeded');
  const [sealed, ...more] = joins().map((order) => order.sealed);
  expect(more).toEqual([]);
  const trusted = host.host.identity.signers;
  const order = await openOrder(sealed ?? '', { host: host.host.keys.sealing.privateJwk, trusted });
  expect(order).toMatchObject({ arguments: { document: Buffer.from(OWN).toString('base64') } });
});

test('T17: a kubeconfig that names a file of the controller reads none; its server hears what the Secret holds, or nothing', async () => {
  const canary = join(world.instance.dir, 't17-token');
  await writeFile(canary, 'CANARY-of-the-controller', { mode: 0o600 });
  const server = await startRecording((_, response) => response.end('{"items":[]}'));
  const labels = { 'cluster.x-k8s.io/cluster-name': 'c', 'cluster.x-k8s.io/control-plane': '' };
  await create(world, [
    secretOf({ namespace, name: 'c-kubeconfig' }, kubeconfigFor(server, { 'token-file': canary })),
    {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Machine',
      metadata: { namespace, name: 'cp', labels },
      spec: {
        clusterName: 'c',
        bootstrap: { dataSecretName: 'own' },
        infrastructureRef: { apiGroup: GROUP, kind: 'ByoMachine', name: 'cp' },
      },
    },
  ]);
  await world.kubectl.run(['-n', namespace, 'delete', 'machine', 'm', '--wait=false']);
  const gone = async () => ((await namesOf(world, namespace, 'byomachine')).includes('m') ? 'it is there' : undefined);
  await waitFor('the end of the machine', gone, { timeoutMs: 60_000, everyMs: 250 });
  server.close();
  // Cluster API's own managers read the Secret as well, and call themselves so.
  const ours = server.heard.filter(({ userAgent = '' }) => !userAgent.includes('Go-http') && !userAgent.includes('('));
  expect(ours).toEqual([]);
});

test('T17: an installer template of another namespace is refused where it is named', async () => {
  const spec = { installerRef: { ...installerRef, namespace: other } };
  const metadata = { namespace, name: 'far' };
  const objects = [
    { apiVersion: API_VERSION, kind: 'ByoMachine', metadata, spec },
    { apiVersion: API_VERSION, kind: 'ByoMachineTemplate', metadata, spec: { template: { spec } } },
  ];
  for (const object of objects) {
    expect((await tenant(['create', '-f', '-'], object)).stderr).toContain('installerRef names another namespace');
  }
});
