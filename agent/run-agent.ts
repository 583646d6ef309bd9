// The agent at work: the composition root. Operations are resumed before anything is asked of the network.
import { describeError } from '../common/errors.ts';
import { createLogger, type Logger } from '../common/log.ts';
import { createHostActivities } from '../activities/host/index.ts';
import type { AgentConfig } from './config.ts';
import { createMachineHost } from './host/machine-host.ts';
import { ensureSealingKey, readTrust } from './keys/sealing-key.ts';
import { createManagementLink } from './link/kubernetes.ts';
import { openOperations } from './open-operations.ts';
import { startHostReporter } from './report/host-reporter.ts';
import { startWatchdog } from './watchdog.ts';
import { startHostWorker } from './work.ts';

/** Works until SIGTERM, then lets go of what runs: units go on. @throws when the worker has failed, to begin anew */
export async function runAgent(config: AgentConfig, version: string): Promise<void> {
  const log = createLogger('byo-agent', config.logLevel);
  const stopping = endWithSignals(log);
  const sealingKey = await ensureSealingKey(config.stateDir);
  const host = createMachineHost({ stateDir: config.stateDir });
  const { operations, close } = openOperations({ host, log, stateDir: config.stateDir });
  const link = createManagementLink(config);
  const reporter = startHostReporter({ link, host, operations, version, sealingKey, log, signal: stopping });
  operations.onChange(reporter.tell);
  // Orders wait inside the runner until it has looked; a failure must not keep the host from being heard.
  operations.resume().catch((error: unknown) => log.error({ error: describeError(error) }, 'cannot resume'));
  const readTrusted = () => readTrust(config.trust);
  const deps = { hostID: config.hostID, sealingKey: sealingKey.privateJwk, readTrust: readTrusted, operations, log };
  const worker = startHostWorker({ config, activities: createHostActivities(deps), log, signal: stopping });
  startWatchdog({ host, log, signal: stopping, isAlive: worker.isAlive });
  log.info({ version, hostID: config.hostID, namespace: config.namespace, name: config.name }, 'the agent works');
  await Promise.race([worker.done, reporter.done]);
  close();
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
