// byo-agent: the program on a host. `run` works for the cluster, `inspect` only looks, `version` says which one this is.
import { Command } from 'commander';
import { describeError } from '../common/errors.ts';
import { readConfig } from './config.ts';
import { addEnrollCommand } from './identity/enroll-command.ts';
import { createMachineHost } from './host/machine-host.ts';
import { decideFindings } from './inspect/decide-findings.ts';
import { gatherFacts } from './inspect/gather-facts.ts';
import { describeInspection } from './inspect/print-findings.ts';
import { runAgent } from './run-agent.ts';
import { readAgentVersion } from './version.ts';
import { addAcceptZoneCommand } from './zones/command.ts';

const program = new Command('byo-agent').description('Makes this machine a Kubernetes node when a cluster claims it.');

program
  .command('run')
  .description('work for the management cluster; started by byo-agent.service')
  .requiredOption('--config <file>', 'configuration of this host', '/etc/byo-agent/config.yaml')
  .action(async ({ config }: { config: string }) => {
    await runAgent(await readConfig(config), await readAgentVersion());
    // Temporal's native threads and open sockets would keep the process alive after its work is over.
    process.exit(0);
  });

addEnrollCommand(program);
addAcceptZoneCommand(program);

program
  .command('inspect')
  .description('tell what keeps this machine from being claimed; changes nothing; exit status 1 when it is unfit')
  .option('--json', 'for programs', false)
  .action(async ({ json }: { json: boolean }) => {
    const facts = await gatherFacts(createMachineHost({ stateDir: '/var/lib/byo-agent' }), false);
    process.stdout.write(describeInspection(facts, json));
    process.exitCode = decideFindings(facts).length > 0 ? 1 : 0;
  });

program
  .command('version')
  .description('print the version')
  .action(async () => {
    process.stdout.write(`${await readAgentVersion()}\n`);
  });

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`byo-agent: ${describeError(error)}\n`);
  process.exit(1);
});
