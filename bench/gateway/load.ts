// Some hosts of a fleet in a process of their own: `node bench/gateway/load.ts FLEET FROM TO`. Says its counts as a line of
// JSON each half second; ends with its standard input.
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { createLogger } from '../../common/log.ts';
import { Fleet } from './fleet.ts';
import { runLightAgent, type Counts } from './light-agent.ts';

const [file = '', from = '0', to = '0'] = process.argv.slice(2);
const fleet = Fleet.parse(JSON.parse(readFileSync(file, 'utf8')));
const counts: Counts = { dials: 0, reportDials: 0, joined: 0, leases: 0, polling: 0, failedPolls: 0 };
const log = createLogger('light', 'silent');
const ending = new AbortController();
setMaxListeners(0, ending.signal);
for (const member of fleet.members.slice(Number(from), Number(to))) {
  void runLightAgent({ fleet, member, counts, log, signal: ending.signal });
}
setInterval(() => process.stdout.write(`${JSON.stringify(counts)}\n`), 500);
process.stdin.resume().on('end', () => process.exit(0));
