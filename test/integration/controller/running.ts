// A controller that runs for a test, with what it said to workflows.
import { Controller } from '../../../controller/controller.ts';
import { Metrics } from '../../../controller/runtime/metrics.ts';
import type { HostCleanup } from '../../../api/activities.ts';
import type { Signaling } from '../../../controller/temporal/notifier.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { createLogger } from '../../../common/log.ts';
import { ours } from './fixtures.ts';

export type Running = {
  /** Names of the machines whose workflows were told to look again, in order. */
  told: { name: string; how: Signaling }[];
  /** Names of the hosts whose clean-up was told to look again, in order. */
  cleanups: string[];
  /** While set, Temporal is down. */
  down: { error?: Error };
  /** Reconciles that have ended so far, by kind. */
  reconciles: (kind: 'cluster' | 'machine' | 'host' | 'enrollment') => Promise<number>;
  findHosts: Controller['findHosts'];
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** Starts a controller for one namespace, with our own rights, and waits for its caches. */
export async function runController(namespace: string): Promise<Running> {
  const { running, synced } = beginController(namespace, ours());
  await synced;
  return running;
}

/** The same over another client, and without waiting. */
export function beginController(namespace: string, kube: Kube): { running: Running; synced: Promise<void> } {
  const told: Running['told'] = [];
  const cleanups: string[] = [];
  const down: Running['down'] = {};
  const metrics = new Metrics();
  const signaler = noteSignals(told, cleanups, down);
  const log = createLogger('test', process.env.BYO_TEST_LOG ?? 'silent');
  const controller = new Controller({ kube, signaler, management: 'test', log, namespace, metrics });
  const running: Running = {
    told,
    cleanups,
    down,
    reconciles: async (kind) => {
      const text = await metrics.text();
      return Number(new RegExp(`byo_reconcile_seconds_count{kind="${kind}"} (\\d+)`).exec(text)?.[1] ?? 0);
    },
    findHosts: (hostID) => controller.findHosts(hostID),
    [Symbol.asyncDispose]: () => controller.stop(),
  };
  return { running, synced: controller.synced };
}

/** No run goes on before one is started. */
function noteSignals(told: Running['told'], cleanups: string[], down: Running['down']) {
  return {
    signal: async ({ name }: { name: string }, how: Signaling) => {
      if (down.error) throw down.error;
      told.push({ name, how });
      return how === 'SignalWithStart';
    },
    signalCleanup: async ({ claim }: HostCleanup) => {
      if (down.error) throw down.error;
      cleanups.push(claim.hostName);
    },
  };
}
