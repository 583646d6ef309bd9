// `npm run demo`: two machines that merely run Linux become a Kubernetes cluster; `down` removes everything again.
import { Command } from 'commander';
import { runChecked } from '../lab/spawn.ts';
import { stopInstance, type HostHandle } from '../lab/index.ts';
import { kindOption } from '../lab/cli/instance-option.ts';
import { readFigures } from './figures.ts';
import { runOnce } from './full-cycle.ts';
import { readWorkflows, writeReport, type Report } from './report.ts';
import { createStages } from './stages.ts';
import { runDemo, type DemoResult } from './up.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

type UpOptions = { instance: string; kind?: HostHandle['kind']; report?: string; once?: boolean };

async function up(options: UpOptions): Promise<void> {
  const stages = createStages(say);
  if (options.once) return runOnce({ ...options, stages, say });
  const result = await runDemo({ instance: options.instance, kind: options.kind, stages, say });
  const workflows = await readWorkflows(result.instance);
  const report: Report = {
    versions: result.instance.parts.versions,
    nodes: result.nodes,
    hosts: result.hosts,
    workflows,
    figures: await readFigures(result.instance),
    seconds: { phases: stages.seconds, machines: result.ready },
  };
  if (options.report) await writeReport(options.report, report);
  await summarise(result, options);
}

async function summarise(result: DemoResult, options: { instance: string; report?: string }): Promise<void> {
  const kubectl = result.instance.parts.binary('kubectl');
  const more = options.instance === 'demo' ? '' : ` --instance ${options.instance}`;
  if (result.wasRunning) say('everything was running already');
  say('');
  say(await runChecked([kubectl, '--kubeconfig', result.kubeconfig, 'get', 'nodes', '-o', 'wide']));
  say('');
  for (const { host, kind, kernel, cgroup, bootId } of result.hosts)
    say(`${host.padEnd(20)}${kind}, kernel ${kernel}, cgroup ${cgroup}, boot ${bootId}`);
  say(`new cluster         KUBECONFIG=${result.kubeconfig}`);
  say(`management plane    KUBECONFIG=${result.instance.kubeconfig}   kubectl get byomachines,byohosts,machines`);
  say(`kubectl             ${kubectl}`);
  say(`Temporal UI         ${result.instance.temporal.ui}`);
  if (options.report) say(`report              ${options.report}`);
  say(`a shell on a host   npm run lab -- exec${more} ${result.instance.hosts[0]?.name ?? ''}`);
  say(`remove everything   npm run demo -- down${more}`);
}

const program = new Command('npm run demo --')
  .description(
    'From kubectl apply to Ready nodes, on real parts: Cluster API, Temporal, kubeadm, two systemd machines.',
  )
  .option('--instance <name>', 'name of the lab instance; several run side by side', 'demo')
  .addOption(kindOption())
  .option('--report <file>', 'write versions, nodes, workflows and seconds as JSON')
  .option(
    '--once',
    'then back again: worker, cluster and a second one made and deleted, hosts proven clean, all removed',
  )
  .action(up);
program
  .command('down')
  .description('remove everything the demo started, and leave the machine as it was')
  .option('--instance <name>', 'name of the lab instance', 'demo')
  .action(async (_options: unknown, command: Command) => {
    await stopInstance(command.optsWithGlobals<{ instance: string }>().instance, (line) => say(`  ${line}`));
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write(
    'What there is stays up for looking: `npm run demo` goes on from there, `npm run demo -- down` removes it.\n',
  );
  process.exitCode = 1;
}
