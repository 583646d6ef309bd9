// `npm run bench -- script`: what our durability costs: a node made by us and by a bare shell script, in turn, on one host.
import { dirname } from 'node:path';
import { ARCHITECTURE } from '../../common/platform.ts';
import { buildAgentPackage } from '../../packaging/build-agent-package.ts';
import { deleteCluster } from '../../demo/scale-and-delete.ts';
import { runBareScript, type ScriptReport } from '../../demo/bare-script.ts';
import { enrollHost, fitToLab, waitForHosts } from '../../harness/hosts.ts';
import { kubectlOf } from '../../harness/kubectl.ts';
import { startProvider } from '../../harness/provider.ts';
import { makeSecondCluster, type OurPart } from '../../demo/second-cluster.ts';
import { createStages } from '../../demo/stages.ts';
import { controlPlaneHost } from '../../demo/up.ts';
import { ensureLabBundle, type LabBundle } from '../../lab/bundle.ts';
import { startInstance, stopInstance, type HostHandle, type Instance } from '../../lab/index.ts';
import { ensureParts, type Parts } from '../../lab/parts/index.ts';
import { describeMachine, finish, load, say, type CommonOptions } from '../report.ts';
import { median, round } from '../statistics.ts';
import { readSteps } from './read-steps.ts';

export type ScriptBenchOptions = CommonOptions & { times: number };

type Pair = {
  ours: number;
  script: number;
  ratio: number;
  steps: Record<string, number>;
  scriptSteps: ScriptReport['steps'];
};

export async function benchScript(options: ScriptBenchOptions): Promise<void> {
  const machine = describeMachine();
  const parts = await ensureParts({ onProgress: (line) => say(`  ${line}`) });
  const bundle = await ensureLabBundle(parts, say);
  const pairs: Pair[] = [];
  try {
    const instance = await startAll(options, bundle);
    for (let nth = 0; nth < options.times; nth += 1) {
      const pair = await measurePair(instance, { parts, bundle }, nth);
      pairs.push(pair);
      say(`▸ ${JSON.stringify(pair)}`);
    }
  } finally {
    if (!options.keep) await stopInstance(options.instance, () => undefined);
  }
  const ratio = round(median(pairs.map((pair) => pair.ratio)), 2);
  const goal = { what: 'ours by the bare script, median ratio', measured: ratio, goal: '≤ 1.1', met: ratio <= 1.1 };
  await finish('script', { machine, options, pairs, load: load(), goals: [goal] }, options.json);
}

async function startAll({ instance: name }: ScriptBenchOptions, bundle: LabBundle): Promise<Instance> {
  const instance = await startInstance({
    name,
    hosts: 1,
    bundleDir: bundle.dir,
    onProgress: (line) => say(`  ${line}`),
  });
  await startProvider(instance);
  return instance;
}

type Material = { parts: Parts; bundle: LabBundle };

/** Each of the two finds the host as it was first made. */
async function measurePair(instance: Instance, { parts, bundle }: Material, nth: number): Promise<Pair> {
  const host = controlPlaneHost(instance);
  await enroll(instance, host, nth);
  const { ours, steps } = await runOurs(instance, host, bundle);
  await renewHost(instance, host);
  const script = await runBareScript(host, { parts, bundle, data: ours.data }, { isFetched: false });
  await host.remove();
  await host.start();
  const ratio = round(ours.seconds / script.seconds, 3);
  return { ours: ours.seconds, script: script.seconds, ratio, steps, scriptSteps: script.steps };
}

async function runOurs(
  instance: Instance,
  host: HostHandle,
  bundle: LabBundle,
): Promise<{ ours: OurPart; steps: Record<string, number> }> {
  const { cluster, ours } = await makeSecondCluster({
    instance,
    bundle,
    stages: createStages(say),
    say: () => undefined,
  });
  const steps = await readSteps(host);
  await deleteCluster(instance, cluster.name, () => undefined);
  return { ours, steps };
}

async function enroll(instance: Instance, host: HostHandle, nth: number): Promise<void> {
  const root = dirname(dirname(import.meta.dirname));
  const packageFile = await buildAgentPackage({ root, architecture: ARCHITECTURE });
  await enrollHost({ instance, host, packageFile, labels: { 'byo.example.com/role': 'control-plane' } });
  await waitForHosts(instance, [host.name]);
  say(`  ${host.name} has enrolled (${nth + 1})`);
}

/** A new machine under the name of the old one, which leaves the inventory. */
async function renewHost(instance: Instance, host: HostHandle): Promise<void> {
  await host.exec(['systemctl', 'stop', 'byo-agent']);
  await kubectlOf(instance).run(['-n', 'default', 'delete', 'byohost', host.name]);
  await host.remove();
  await host.start();
  await fitToLab(host);
}
