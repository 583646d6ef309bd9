// Agents without a machine but with Temporal's SDK behind the agent's own tunnel: `node bench/agent/light.ts FLEET`, to be
// started in the network of a host, whose link is then cut. Says a line of JSON each second; ends with its standard input.
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { dialAs, type Dial } from '../../agent/link/dial.ts';
import { Reachability } from '../../agent/link/reachability.ts';
import { openTemporalLink, TEMPORAL_NAMESPACE } from '../../agent/link/temporal.ts';
import { openTunnel } from '../../agent/link/tunnel.ts';
import type { OperationResult } from '../../api/activities.ts';
import { createLogger } from '../../common/log.ts';
import { createHostWorker } from '../../workers/host.ts';
import { Fleet, type Member } from '../gateway/fleet.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const [file = ''] = process.argv.slice(2);
const fleet = Fleet.parse(JSON.parse(readFileSync(file, 'utf8')));
const log = createLogger('light', 'silent');
const ending = new AbortController();
setMaxListeners(0, ending.signal);
const counts = { workers: 0, dials: 0 };

/** No order is given here: what is measured is the poll that would take one. */
const never = (): Promise<OperationResult> => Promise.reject(new Error('a light agent carries nothing out'));

async function work({ hostID, certificate: cert, key }: Member): Promise<void> {
  const { gateway, ca, installation } = fleet;
  const dialled = dialAs({ gateway }, { ca: [ca], cert, key, installation });
  const dial: Dial = (protocol, signal) => {
    counts.dials += 1;
    return dialled(protocol, signal);
  };
  const { signal } = ending;
  const tunnel = await openTunnel({ dial, log, signal });
  const connection = await openTemporalLink({ tunnel, reachability: new Reachability(), log, signal });
  const activities = { install: never, join: never, drain: never, reset: never };
  const worker = await createHostWorker({ connection, namespace: TEMPORAL_NAMESPACE, hostID, activities });
  counts.workers += 1;
  await worker.run();
}

for (const member of fleet.members) {
  // A worker that ends is one that does not come back, and that the count of polls shows.
  work(member).catch((error: unknown) => process.stderr.write(`${member.name}: ${String(error)}\n`));
}
setInterval(() => process.stdout.write(`${JSON.stringify(counts)}\n`), 1000);
process.stdin.resume().on('end', () => process.exit(0));
