// What Temporal's SDK says, as JSON beside our own lines: one process, one format.
import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from '../../common/log.ts';

const LEVELS: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
};

/**
 * Once per process, before the first worker. Its news of every day are our debug; and signals are ours alone, since a
 * stop has an order: reconcilers, worker, connections.
 */
export function forwardTemporalLogs(log: Logger): void {
  const logger = new DefaultLogger('INFO', ({ level, message, meta }) =>
    log[LEVELS[level]]({ temporal: meta }, message),
  );
  Runtime.install({ logger, shutdownSignals: [] });
}
