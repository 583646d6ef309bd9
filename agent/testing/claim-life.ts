// Lives of a claim with the product's own plans, on a machine in a folder: faults come by step and by write of the journal.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { operationOf, VERBS, type Verb } from '../../api/steps.ts';
import { makeBundleOptions, makeNoise } from '../../bundle/testing/fixtures.ts';
import { createBundle } from '../../bundle/tool/create-bundle.ts';
import { ensureBaseline } from '../baseline/ensure-baseline.ts';
import { SENTINEL } from '../steps/join/cloud-init/bootstrap-plan.ts';
import type { FakeHost } from '../host/fake-host.ts';
import type { UnitCommand } from '../host/host.ts';
import type { OnPoint } from '../journal/store.ts';
import { snapshotTree } from '../ledger/snapshot-tree.ts';
import { findPlan, type PlansByVerb } from '../runner/step.ts';
import type { OperationPlan, Step } from '../runner/step.ts';
import { createTestWorld, type TestAgent, type TestWorld } from '../runner/test-runner.ts';
import { NO_NOTES } from './step-world.ts';
import { createPlans } from '../operations.ts';
import { ADDRESSES, enableNow, makeBare, playMachine, putNow } from './play-machine.ts';

/** The small bundle of all lives of a file. */
export type LifeBundle = { folder: string; digest: string };

/** Made for the test that runs; a few small binaries, since what is counted here are lives. */
export async function makeLifeBundle(): Promise<LifeBundle> {
  const options = await makeBundleOptions();
  const [kubernetes = ''] = options.layers.kubernetes.paths;
  await writeFile(join(kubernetes, 'kubelet'), makeNoise(3000, 'small'));
  return { folder: options.output, digest: (await createBundle(options)).digest };
}

/** Changes steps on their way into the agent; the verb tells whose they are. */
export type Meddle = <Arguments>(step: Step<Arguments>, verb: Verb) => Step<Arguments>;

export type ClaimLife = {
  readonly world: TestWorld;
  /** A new agent over the same machine; it goes on with what the last one left before it takes orders. */
  start(options?: { onPoint?: OnPoint; meddle?: Meddle }): Promise<LivingAgent>;
  /** Everything that stands on the machine, times left out. */
  look(): Promise<Record<string, string>>;
  /** The life that goes on when the power goes at this moment: machine, units and journal as they are. */
  copy(): ClaimLife;
};

export type LivingAgent = TestAgent & {
  /** As an order does; `attempt` names a later one. */
  carryOut(verb: Verb, order?: { generation?: number; attempt?: number }): Promise<unknown>;
};

export async function createLife(bundle: LifeBundle): Promise<ClaimLife> {
  const world = await createTestWorld();
  await makeBare(world.host);
  return liveIn(world, bundle);
}

function liveIn(world: TestWorld, bundle: LifeBundle): ClaimLife {
  playMachine(world.host);
  world.host.onUnit((command) => playUnit(world.host, command));
  return {
    world,
    look: async () => lookAt(world.host),
    copy: () => liveIn(world.copy(), bundle),
    async start({ onPoint, meddle = UNCHANGED } = {}) {
      const prepareClaim: NonNullable<Parameters<TestWorld['start']>[0]>['prepareClaim'] = (claim, journal) =>
        ensureBaseline(journal, world.host, claim);
      const agent = world.start({ prepareClaim, ...(onPoint && { onPoint }) });
      const plans = meddleWith(createPlans(dependenciesOf(world, agent)), meddle);
      await agent.runner.resume(plans);
      return { ...agent, carryOut: (verb, order) => carryOut(agent, plans, { verb, bundle, ...order }) };
    },
  };
}

function dependenciesOf({ folder }: TestWorld, { journal }: TestAgent): Parameters<typeof createPlans>[0] {
  return { store: { dir: join(folder, 'store') }, stateDir: '/var/lib/byo-agent', ...journal };
}

function meddleWith(plans: PlansByVerb, meddle: Meddle): PlansByVerb {
  const changed = <Arguments>(plan: OperationPlan<Arguments>, verb: Verb): OperationPlan<Arguments> => ({
    ...plan,
    steps: plan.steps.map((step) => meddle(step, verb)),
  });
  return {
    install: changed(plans.install, 'install'),
    join: changed(plans.join, 'join'),
    drain: changed(plans.drain, 'drain'),
    reset: changed(plans.reset, 'reset'),
  };
}

/** What the plans of this agent declare, in the order of a life. */
export function listDeclaredSteps(): { verb: Verb; step: string }[] {
  const memory = { readBaseline: () => undefined, hasWorked: () => true, ...NO_NOTES };
  const plans = createPlans({ store: { dir: '/nowhere' }, stateDir: '/nowhere', ...memory });
  return VERBS.flatMap((verb) => plans[verb].steps.map(({ name }) => ({ verb, step: name })));
}

type LifeOrder = { verb: Verb; bundle: LifeBundle; generation?: number; attempt?: number };

async function carryOut(agent: TestAgent, plans: PlansByVerb, order: LifeOrder): Promise<unknown> {
  const { verb, bundle, generation = 1, attempt = 0 } = order;
  const operation = operationOf(verb, 'v1.36.3', attempt);
  const claim = { incarnation: `claim-${generation}`, generation };
  const plan = findPlan(plans, operation);
  if (!plan) throw new Error(`no plan for ${operation}`);
  if (agent.runner.authorize({ ...claim, verb }) === 'AlreadyClean') return undefined;
  return agent.runner.perform({ ...claim, operation }, plan, inputsOf(bundle)[verb]);
}

function inputsOf({ folder, digest }: LifeBundle): Record<Verb, unknown> {
  const bundle = { source: folder, digest };
  return {
    install: { version: 'v1.36.3', bundle, providerID: 'byoh://h/1' },
    join: {
      format: 'cloud-config',
      document: Buffer.from(DOCUMENT).toString('base64'),
      metadata: { instanceId: 'claim', providerId: 'byoh://h/1' },
    },
    drain: { evict: false, timeoutSeconds: 1 },
    reset: { skipEtcdMemberRemoval: false, endpoint: { host: '192.0.2.100', port: 6443 } },
  };
}

const DOCUMENT = `#cloud-config
bootcmd: [echo boot]
write_files:
- path: /run/kubeadm/kubeadm.yaml
  permissions: '0640'
  content: |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    etcd: {local: {dataDir: /data/etcd}}
    certificatesDir: /data/pki
- {path: /etc/kubernetes/pki/ca.key, permissions: '0600', content: a-key}
- {path: /data/pki/ca.crt, content: a-certificate}
- {path: /etc/issue, append: true, content: a node}
- {path: /etc/keepalived/keepalived.conf, content: 'virtual_ipaddress { 192.0.2.100 }'}
runcmd: [kubeadm join]
`;

/** kubeadm, and what holds the endpoint of the cluster, as far as the machine shows it. */
function playUnit({ root }: FakeHost, { unit, script }: UnitCommand): { exitCode: number } {
  if (script.includes('kubeadm reset') && !script.includes('cleanup-node')) emptyAsKubeadm(root);
  if (unit.includes('runcmd')) {
    putNow(root, '/etc/kubernetes/kubelet.conf', 'a credential');
    putNow(root, '/etc/kubernetes/manifests/kube-apiserver.yaml', 'a pod');
    for (const path of ['/data/etcd/member/db', '/data/pki/sa.key']) putNow(root, path, 'of the cluster');
    putNow(root, '/systemd/active/kubelet.service', '');
    for (const service of ['keepalived', 'iscsid']) {
      putNow(root, `/systemd/active/${service}.service`, '');
      enableNow(root, `${service}.service`);
    }
    putNow(root, ADDRESSES, 'eth0 192.0.2.11/24\neth0 192.0.2.100/32');
    putNow(root, SENTINEL, 'success');
  }
  return { exitCode: 0 };
}

/** Its phase cleanup-node asks nobody whose the files are. */
function emptyAsKubeadm(root: string): void {
  for (const folder of ['/etc/kubernetes/manifests', '/etc/kubernetes/pki', '/var/lib/kubelet', '/var/lib/etcd']) {
    const path = join(root, folder);
    if (existsSync(path)) for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
  }
}

async function lookAt({ root }: FakeHost): Promise<Record<string, string>> {
  const tree = await snapshotTree(root);
  // Folders below /run come and go; a file there would be arguments that nobody erased. The cluster is elsewhere.
  const shown = Object.entries(tree).filter(
    ([path, what]) => !(path.startsWith('run/') && what.startsWith('folder')) && !path.startsWith('cluster'),
  );
  return Object.fromEntries(shown.map(([path, what]) => [path, what.replace(/^(file \d+ \S+) \S+/, '$1')]));
}

const UNCHANGED: Meddle = (step) => step;
