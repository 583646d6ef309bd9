// Program `byo`: what people do by hand beside kubectl; the composition root of the command line.
import { Command } from 'commander';
import { explainCommand } from './explain-command.ts';
import { enrollCommands } from './enroll-commands.ts';
import { hostCommands } from './host-commands.ts';
import { trustCommands } from './trust-commands.ts';
import { explain } from './usage-error.ts';

const program = new Command('byo')
  .description(
    'Registers machines as hosts of a management cluster, takes the trust in them back, and keeps what they trust.',
  )
  .showHelpAfterError()
  .addCommand(enrollCommands())
  .addCommand(hostCommands())
  .addCommand(trustCommands())
  .addCommand(explainCommand());

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
