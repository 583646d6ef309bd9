// What Temporal's SDK says, as JSON beside our own lines: one process, one format.
import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from '../common/log.ts';

/** Its news of every day are our debug. */
const LEVELS: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
};

/**
 * Once per process, before the first worker. The native part's words come the same way, from WARN on; and signals are ours
 * alone, since a stop has an order.
 */
export function forwardTemporalLogs(log: Logger): void {
  const logger = new DefaultLogger('INFO', ({ level, message, meta }) =>
    log[LEVELS[level]]({ from: 'temporal', ...(meta && { temporal: meta }) }, message),
  );
  const telemetryOptions = { logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} } } as const;
  Runtime.install({ logger, shutdownSignals: [], telemetryOptions });
}
