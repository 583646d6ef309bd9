// Commands about a whole instance: up, down, status, list, kubeconfig, kubectl.
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { mintKubeconfig, openInstance, startInstance, stopInstance } from '../index.ts';
import { runAttached } from '../spawn.ts';
import { kindOf, listInstances, readRecord } from '../state.ts';
import type { HostKind } from '../state.ts';
import { readStatus, renderStatus } from '../status.ts';
import { instanceOption, kindOption } from './instance-option.ts';
import { print, renderTable, say } from './output.ts';

type UpOptions = {
  instance: string;
  hosts: number;
  bundles?: string;
  kind?: HostKind;
  management: boolean;
  clusterApi: boolean;
  temporal: boolean;
};

/** Add them to the program. */
export function addInstanceCommands(program: Command): void {
  addUp(program);
  program
    .command('down')
    .description('end everything of the instance; with the last one the machine is put back as it was')
    .addOption(instanceOption())
    .action(async ({ instance }: { instance: string }) => {
      await stopInstance(instance, say);
      say(`${instance} is down`);
    });
  program
    .command('list')
    .description('the instances on this machine')
    .action(() => {
      const records = listInstances().flatMap((name) => readRecord(name) ?? []);
      const rows = records.map((r) => [r.name, r.subnet, String(r.hosts.length), kindOf(r)]);
      print(renderTable([['INSTANCE', 'SUBNET', 'HOSTS', 'KIND'], ...rows]));
    });
  addStatus(program);
  addKubeconfig(program);
  addKubectl(program);
}

function addUp(program: Command): void {
  program
    .command('up')
    .description('start what does not run yet; safe to repeat, and repairs what died')
    .addOption(instanceOption())
    .option('--hosts <n>', 'how many hosts; more later adds, fewer takes none away', parseCount, 2)
    .addOption(kindOption())
    .option('--bundles <folder>', 'folder mounted read-only at /opt/byo-bundles on every host')
    .option('--no-management', 'no API server, hence no Cluster API either')
    .option('--no-cluster-api', 'the bare API server')
    .option('--no-temporal', 'without Temporal')
    .action(async (options: UpOptions) => {
      const { instance, hosts, kind, management, clusterApi, temporal, bundles } = options;
      const begin = performance.now();
      await startInstance({
        name: instance,
        hosts,
        kind,
        controlPlane: management,
        clusterApi: management && clusterApi,
        temporal,
        ...(bundles === undefined ? {} : { bundleDir: resolve(bundles) }),
        onProgress: say,
      });
      say(`${instance} is up (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
      print(renderStatus(await readStatus(instance)));
    });
}

function addStatus(program: Command): void {
  program
    .command('status')
    .description('what the instance has, whether it runs, and where; exit code 1 when something does not run')
    .addOption(instanceOption())
    .option('--json', 'for programs')
    .action(async ({ instance, json }: { instance: string; json?: boolean }) => {
      const status = await readStatus(instance);
      print(json === true ? JSON.stringify(status, null, 2) : renderStatus(status));
      if (!status.healthy) process.exitCode = 1;
    });
}

type KubeconfigOptions = { instance: string; user?: string; group: string[]; as?: string };

function addKubeconfig(program: Command): void {
  program
    .command('kubeconfig')
    .description('path of the admin kubeconfig; with --user the text of a new one for that user')
    .addOption(instanceOption())
    .option('--user <name>', 'user of a new client certificate')
    .option('--group <name...>', 'groups of that user', [])
    .option('--as <user>', 'impersonate this user')
    .action(async ({ instance, user, group, as }: KubeconfigOptions) => {
      const opened = await openInstance(instance);
      if (user === undefined) return print(opened.kubeconfig);
      const request = { user, groups: group, ...(as === undefined ? {} : { as }) };
      return print(await mintKubeconfig(opened, request));
    });
}

function addKubectl(program: Command): void {
  program
    .command('kubectl')
    .description('kubectl as admin of the management plane')
    .addOption(instanceOption())
    .argument('[args...]')
    .passThroughOptions()
    .action(async (args: string[], { instance }: { instance: string }) => {
      const { parts, kubeconfig } = await openInstance(instance);
      process.exitCode = await runAttached([parts.binary('kubectl'), '--kubeconfig', kubeconfig, ...args]);
    });
}

function parseCount(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('a number of hosts, 0 to 240');
  return Number(text);
}
