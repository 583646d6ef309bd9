// `npm run lab -- COMMAND`: the lab by hand. Results go to standard output, progress and errors to standard error.
import { Command } from 'commander';
import { addFootprintCommand } from './cli/footprint-command.ts';
import { addHostCommands } from './cli/host-commands.ts';
import { addInstanceCommands } from './cli/instance-commands.ts';
import { addLinkCommand } from './cli/link-command.ts';
import { addMachineCommands } from './cli/machine-commands.ts';
import { addProcessCommands } from './cli/process-commands.ts';
import { sayError } from './cli/output.ts';

const program = new Command('lab')
  .description(
    'Real parts on this machine: a Cluster API management plane, Temporal, and hosts that are whole Debian machines.',
  )
  .enablePositionalOptions()
  .showHelpAfterError()
  .addHelpText(
    'after',
    `
Every command takes --instance NAME (default: demo); several instances run side by side.

A first walk:
  npm run lab -- up --hosts 2            management plane, Temporal and two hosts, in some 15 s once built
  npm run lab -- status                  what runs, and where
  npm run lab -- exec host1 -- hostname  a command on a host
  npm run lab -- kubectl get ns          kubectl against the management plane
  npm run lab -- kill host1              pull its plug;  start host1  puts it back
  npm run lab -- link host1 --delay 300 --loss 5 --rate 256   its way to the gateway is a bad one
  npm run lab -- down                    everything gone, the machine as it was

State: BYO_LAB_STATE or /var/lib/byo-lab. Cache of built parts: BYO_LAB_CACHE or /var/cache/byo-lab.`,
  );
addInstanceCommands(program);
addHostCommands(program);
addMachineCommands(program);
addProcessCommands(program);
addLinkCommand(program);
addFootprintCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  sayError(error);
  process.exitCode = 1;
}
