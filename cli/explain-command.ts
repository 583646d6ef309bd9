// `byo explain`: a reason of a condition, in words, where no documentation is at hand.
import { Command } from 'commander';
import { explainReason, REASON_TABLES } from '../api/reasons/reasons.ts';
import { UsageError } from './usage-error.ts';

const HELP = `
Needs no cluster. Without a reason it lists all of them, a line each, so that they can be searched.

Examples:
  byo explain NotClean
  byo explain | grep -i token`;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** The command; an unknown word is a UsageError. */
export function explainCommand(): Command {
  return new Command('explain')
    .summary('say what the reason of a condition means, and what to do')
    .description('Says what the reason of a condition means and what you can do about it.')
    .argument('[reason]', 'the reason, as `kubectl describe` shows it')
    .addHelpText('after', HELP)
    .action((reason?: string) => print(reason === undefined ? listReasons() : describeReason(reason)));
}

function listReasons(): string {
  const entries = REASON_TABLES.flatMap(({ reasons }) => Object.entries(reasons));
  const width = Math.max(...entries.map(([reason]) => reason.length));
  return entries.map(([reason, { cause }]) => `${reason.padEnd(width)}  ${cause}`).join('\n');
}

function describeReason(reason: string): string {
  const found = explainReason(reason);
  if (!found) throw new UsageError(`no condition has the reason ${reason}`, '`byo explain` lists all reasons');
  return [`${reason}: ${found.cause}`, ...(found.remedy === undefined ? [] : [found.remedy])].join('\n');
}
