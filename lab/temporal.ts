// Temporal's dev server with its UI, on the loopback: bound to the bridge it says SERVING and starts no workflow.
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../api/names.ts';
import type { Binary } from './control-plane.ts';
import { renderFlags } from './control-plane.ts';
import { ensureProcess, requireRunning } from './processes.ts';
import type { InstanceRecord } from './state.ts';
import { instanceDir } from './state.ts';
import { runProbeWorkflow } from './temporal-probe.ts';
import { waitFor } from './wait.ts';

/** Namespace of the workflow that proves the server alive, so that `default` shows the project's workflows only. */
const PROBE_NAMESPACE = 'lab-probe';

/**
 * One partition: a host's queue has one poller, and four partitions let its tasks wait in the wrong one. namespaceCount:
 * the default of 1200 long polls caps a fleet at 600 hosts. A run that fails shows at its second try, not its fifth: tests wait
 * for it.
 */
const DYNAMIC_CONFIG = [
  'frontend.namespaceCount=20000',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  'history.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2',
];

/** Start the server unless it runs, and wait until a workflow really ran on it. */
export async function ensureTemporal(record: InstanceRecord, binary: Binary): Promise<void> {
  const dir = instanceDir(record.name);
  await ensureProcess(dir, { name: 'temporal', argv: [binary('temporal'), ...temporalArguments(record)] });
  const probe = async (): Promise<string | undefined> => {
    requireRunning(dir, 'temporal');
    await runProbeWorkflow(`127.0.0.1:${record.ports.temporal}`, PROBE_NAMESPACE);
    return undefined;
  };
  await waitFor('Temporal runs a workflow', probe, { timeoutMs: 60_000, everyMs: 200 });
}

function temporalArguments(record: InstanceRecord): string[] {
  const { ports } = record;
  const flags = {
    'db-filename': join(instanceDir(record.name), 'temporal.db'),
    ip: '127.0.0.1',
    'ui-ip': '127.0.0.1',
    port: String(ports.temporal),
    'ui-port': String(ports.temporalUi),
    'http-port': String(ports.temporalHttp),
    'metrics-port': String(ports.temporalMetrics),
    namespace: PROBE_NAMESPACE,
    'log-level': 'warn',
  };
  return [
    'server',
    'start-dev',
    ...renderFlags(flags),
    ...['journal_mode=WAL', 'synchronous=NORMAL'].map((pragma) => `--sqlite-pragma=${pragma}`),
    ...Object.values(SEARCH_ATTRIBUTES).map((name) => `--search-attribute=${name}=Keyword`),
    ...DYNAMIC_CONFIG.map((setting) => `--dynamic-config-value=${setting}`),
  ];
}
