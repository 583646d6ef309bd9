// The agent at work: the composition root. Operations are resumed before anything is asked of the network.
import { join } from 'node:path';
import type { JWK } from 'jose';
import { describeError } from '../common/errors.ts';
import { createLogger, type Logger } from '../common/log.ts';
import type { AgentConfig } from './config.ts';
import { createMachineHost } from './host/machine-host.ts';
import { createPendingTasks } from './link/pending-tasks.ts';
import { readIdentity } from './identity/identity.ts';
import { isWedged } from './link/decide-wedged.ts';
import { openLink } from './link/link.ts';
import type { Tunnel } from './link/tunnel.ts';
import { openOperations } from './open-operations.ts';
import { watchHostPaths } from './leftovers/watch-host-paths.ts';
import { startHostReporter } from './report/host-reporter.ts';
import type { SeenPoll } from './report/reporter.ts';
import { startWatchdog } from './watchdog.ts';
import type { Work, WorkOptions } from './work.ts';

/** An order waits this long for the gateway's first word: the report is on its way before the first poll. */
const TIME_MILLISECONDS = 15_000;

/** Works until SIGTERM, then lets go of what runs: units go on. @throws when the worker is beyond help, to begin anew */
export async function runAgent(config: AgentConfig, version: string): Promise<void> {
  const log = createLogger('byo-agent', config.logLevel);
  const signal = endWithSignals(log);
  const { stateDir } = config;
  const { hostID, namespace, name } = await readIdentity(stateDir);
  const host = createMachineHost({ stateDir });
  const link = await openLink({ config, log, signal });
  const { management, reachability, blobs, clock, sealingKeys } = link;
  const { operations, close } = await openOperations({ host, log, stateDir, gateway: blobs, reachability });
  const wedged = watchCalls(log, link.tunnel);
  const readSkew = () => clock.skew();
  const reporting = { link: management, reachability, onLease: wedged.look, readSkew, version, sealingKeys };
  const reporter = startHostReporter({ ...reporting, host, operations, log, signal });
  operations.onChange(reporter.tell);
  // Orders wait inside the runner until it has looked; a failure must not keep the host from being heard.
  operations.resume().catch((error: unknown) => log.error({ error: describeError(error) }, 'cannot resume'));
  // Read at each order, so that a new signing key needs no restart.
  const readTrust = async (): Promise<JWK[]> => (await readIdentity(stateDir)).signers;
  const pendingTasks = createPendingTasks(join(stateDir, 'in-hand'), log);
  const readTime = () => clock.seconds(TIME_MILLISECONDS);
  const deps = { hostID, sealingKeys, readTrust, readTime, operations, pendingTasks, log };
  watchHostPaths({ note: () => operations.noteHostPaths(), log, signal });
  const worker = loadHostWorker({ tunnel: link.tunnel, reachability, deps, log, signal });
  startWatchdog({ host, log, signal, isAlive: worker.isAlive });
  log.info({ version, hostID, namespace, name }, 'the agent works');
  await Promise.race([worker.done, reporter.done, link.done, wedged.found]);
  close();
}

/** The SDK takes as long to load as all the rest of the agent: what was cut off goes on before it, not after it. */
function loadHostWorker(options: WorkOptions): Work {
  let worker: Work | undefined;
  const run = async () => {
    const { startHostWorker } = await import('./work.ts');
    worker = startHostWorker(options);
    await worker.done;
  };
  return { done: run(), isAlive: () => worker?.isAlive() ?? true };
}

/** `found` rejects when nobody asks for work although the link is well: systemd begins anew, which costs half a second. */
function watchCalls(log: Logger, tunnel: Tunnel): { look: (seen: SeenPoll) => void; found: Promise<never> } {
  const { promise: found, reject } = Promise.withResolvers<never>();
  const look = (heard: SeenPoll) => {
    const seen = { ...heard, secondsSinceCall: tunnel.secondsSinceCall() };
    if (!isWedged(seen)) return;
    log.error(seen, 'this agent asks for no work any more; it begins anew');
    reject(new Error('the agent asks for no work any more'));
  };
  return { look, found };
}

function endWithSignals(log: Logger): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log.info({ signal: name }, 'the agent stops; operations in units go on');
      controller.abort(new Error(`the agent was ended by ${name}`));
    });
  }
  return controller.signal;
}
