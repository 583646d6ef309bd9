// `--once`: the road to its end and back again, each promise looked at; whatever is not true ends it and leaves all up.
import { ensureParts } from '../lab/parts/index.ts';
import { stopInstance, type HostHandle, type Instance } from '../lab/index.ts';
import { addWorkerAgain, deleteCluster, removeWorker } from './scale-and-delete.ts';
import { runBareScript } from './bare-script.ts';
import { assertClean, compareHost, recordHosts, type CleanReport } from './clean-hosts.ts';
import { CLUSTER } from '../harness/cluster.ts';
import { readFigures } from './figures.ts';
import { readWorkflows, writeReport, type Report } from './report.ts';
import { makeSecondCluster } from './second-cluster.ts';
import type { Stages } from './stages.ts';
import { controlPlaneHost, runDemo, type DemoResult } from './up.ts';
import { NotTrue } from '../harness/watch-until.ts';

type Say = (line: string) => void;
type OnceOptions = Pick<Parameters<typeof runDemo>[0], 'instance' | 'kind' | 'stages' | 'say'> & { report?: string };
type Once = { demo: DemoResult; report: Report; stages: Stages; say: Say };

/** Throws what was not true, after the report was written as far as it came; otherwise everything is torn down. */
export async function runOnce(o: OnceOptions): Promise<void> {
  const { stages, say } = o;
  const onHosts = (instance: Instance) =>
    stages.run('snapshot', 'what each machine is like before its first claim', () => recordHosts(instance));
  const demo = await runDemo({ instance: o.instance, kind: o.kind, stages, say, onHosts });
  const { versions } = demo.instance.parts;
  const seconds = { phases: stages.seconds, machines: demo.ready };
  const figures = await readFigures(demo.instance);
  const report: Report = { versions, nodes: demo.nodes, hosts: demo.hosts, workflows: [], figures, seconds };
  const save = async () => {
    report.workflows = await readWorkflows(demo.instance);
    if (o.report) await writeReport(o.report, report);
  };
  try {
    await walkBack({ demo, report, stages, say });
  } catch (error) {
    // What was not true matters more than a report that cannot be written as well.
    await save().catch((reason: unknown) => say(`  no report: ${String(reason)}`));
    throw error;
  }
  await save();
  await stages.run('down', 'everything away', () => stopInstance(o.instance, (line) => say(`  ${line}`)));
  if (o.report) await writeReport(o.report, report);
  say(`\nall of it was true; ratio to a bare script: ${report.ratio}`);
}

async function walkBack(once: Once): Promise<void> {
  const { demo, report, stages, say } = once;
  const { instance, bundle } = demo;
  await walkWorkerBack(once);
  await stages.run('delete', 'the cluster is deleted', () => deleteCluster(instance, CLUSTER.name, say));
  await proveClean(once, 'clean', instance.hosts);
  const { cluster, ours } = await makeSecondCluster({ instance, bundle, stages, say });
  report.secondCluster = cluster;
  await stages.run('secondDelete', 'the second cluster is deleted', () => deleteCluster(instance, cluster.name, say));
  const host = controlPlaneHost(instance);
  await proveClean(once, 'secondClean', [host]);
  const parts = await ensureParts({ onProgress: () => {} });
  // The host has the bundle from the first cluster, for both.
  const work = () => runBareScript(host, { parts, bundle, data: ours.data }, { isFetched: true });
  report.script = await stages.run('script', 'the same work by a bare shell script', work);
  report.ratio = Math.round((100 * ours.seconds) / report.script.seconds) / 100;
  say(`  ours ${ours.seconds} s, the script ${report.script.seconds} s`);
}

async function walkWorkerBack({ demo, stages, say }: Once): Promise<void> {
  const { instance, nodes } = demo;
  const control = controlPlaneHost(instance).name;
  const worker = nodes.find(({ host }) => host !== control);
  if (!worker) throw new NotTrue(instance, 'there is no worker node');
  await stages.run('scaleDown', 'the worker goes', () => removeWorker(instance, worker, say));
  await stages.run('scaleUp', 'a worker comes again', () => addWorkerAgain(instance, worker, say));
}

/** Reports of hosts that were proven twice stand in the order in which they were made. */
async function proveClean({ demo, report, stages, say }: Once, stage: string, hosts: HostHandle[]): Promise<void> {
  const { instance } = demo;
  const names = hosts.map(({ name }) => name).join(' and ');
  await stages.run(stage, `is ${names} as before its first claim?`, async () => {
    const found: CleanReport[] = [];
    for (const host of hosts) found.push(await compareHost(instance, host));
    report.hostsClean = [...(report.hostsClean ?? []), ...found];
    assertClean(instance, found, say);
  });
}
