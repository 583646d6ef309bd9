// Structured logs: JSON on standard error, one line an event, secrets redacted by field name as a last line of defence.
import { pino, type Logger } from 'pino';

export type { Logger };

/** A logger for one program. `level` defaults to info. */
export function createLogger(name: string, level = 'info'): Logger {
  return pino(
    {
      name,
      level,
      redact: { paths: ['document', '*.document', 'sealed', '*.sealed', 'token', '*.token'], censor: '[redacted]' },
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
