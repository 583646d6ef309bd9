// `npm run bench -- <what>`: the goals of the project, measured on real parts. docs/benchmarks.md has what was found.
import { Command, InvalidArgumentError } from 'commander';
import { benchAgent, type AgentBenchOptions } from './agent/bench.ts';
import { benchClaims, type ClaimsBenchOptions } from './claims/bench.ts';
import { benchDownloads, type DownloadsBenchOptions } from './downloads/bench.ts';
import { benchFleet, type FleetBenchOptions } from './fleet/bench.ts';
import { benchGateway, type GatewayBenchOptions } from './gateway/bench.ts';
import { benchLook, type LookBenchOptions } from './look/bench.ts';
import { benchScript, type ScriptBenchOptions } from './script/bench.ts';
import { say } from './report.ts';

/** The last commit whose progress went through Temporal. */
const OLDER = 'd18f562';

const HELP = `
Each bench brings up an instance of the lab of its own, measures, prints every goal as met or MISSED, and takes the
instance down again. Its exit status is 1 when a goal was missed. What was found, on which machine, is in
docs/benchmarks.md.

A number says something about the machine as well: leave it alone meanwhile, and read the load averages beside it.

Examples:
  npm run bench -- gateway --json gateway.json          1,000 hosts, about 10 minutes
  npm run bench -- gateway --agents 100 --processes 2   a try of 6 minutes
  npm run bench -- fleet --machines 300                 now and an older commit, about an hour`;

const program = new Command('npm run bench --')
  .description('Measures what the project promises in numbers, on real parts.')
  .addHelpText('after', HELP);

/** A bench with the options that all have. */
function bench(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--instance <name>', 'name of the lab instance', 'bench')
    .option('--json <file>', 'write everything that was measured as JSON')
    .option('--keep', 'leave the instance up, to look at it');
}

function toCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('a number above 0 is wanted');
}

function toCountOrNone(text: string): number {
  return text === '0' ? 0 : toCount(text);
}

bench('gateway', 'one gateway, 1,000 hosts: handshakes, rest, and the storm after it was killed')
  .option('--agents <n>', 'how many hosts', toCount, 1000)
  .option('--processes <n>', 'how many processes carry them', toCount, 4)
  .option('--idle <seconds>', 'how long they are watched at rest', toCount, 60)
  .option('--outage <seconds>', 'how long the gateway is away the last time', toCount, 120)
  .action((options: GatewayBenchOptions) => benchGateway(options));

bench('fleet', 'whole lives of many machines at once: to Ready and back, now and with an older commit')
  .option('--machines <n>', 'how many machines, each with a light host of its own', toCount, 30)
  .option('--processes <n>', 'how many processes carry the hosts', toCount, 2)
  .option('--step <ms>', 'how long a step takes on a host', toCount, 200)
  .option('--against <commit>', 'compare with the programs of this commit', OLDER)
  .option('--no-against', 'compare with nothing')
  .action((options: FleetBenchOptions) => benchFleet(options));

bench('claims', 'a host is freed: how soon a machine that waits holds it')
  .option('--times <n>', 'how often', toCount, 100)
  .option('--hosts <n>', 'how many hosts there are', toCount, 10)
  .option('--waiting <n>', 'how many machines stand in line', toCount, 1)
  .action((options: ClaimsBenchOptions) => benchClaims(options));

bench('look', 'one look at a machine, in a fleet of 10 hosts and in a large one: what it costs')
  .option('--large <n>', 'how many hosts the large fleet has', toCount, 1000)
  .option('--rounds <n>', 'how often all is measured', toCount, 15)
  .option('--looks <n>', 'how many looks are measured together', toCount, 40)
  .action((options: LookBenchOptions) => benchLook(options));

bench('downloads', 'one bundle through the gateway, cut off again and again: what is sent twice')
  .option('--cuts <n>', 'how often', toCount, 10)
  .option('--megabits <n>', 'speed of the link in Mbit/s', toCount, 100)
  .action((options: DownloadsBenchOptions) => benchDownloads(options));

bench('agent', 'a host works again: after its agent was killed, and after its link was cut')
  .option('--restarts <n>', 'how often the agent is killed (0: not at all)', toCountOrNone, 20)
  .option('--light <n>', 'how many light agents share the link with the real one', toCount, 20)
  .option('--cut <seconds>', 'how long the link is cut (0: not at all)', toCountOrNone, 600)
  .action((options: AgentBenchOptions) => benchAgent(options));

bench('script', 'a node made by us and by a bare shell script, in turn: what durability costs')
  .option('--times <n>', 'how many of each', toCount, 3)
  .action((options: ScriptBenchOptions) => benchScript(options));

try {
  await program.parseAsync();
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
}
