// The agent's way to Temporal, behind one module: a gateway and a TLS tunnel of our own will stand here.
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from '../../common/log.ts';
import { connectTemporal } from '../../workers/connection.ts';

/** Connects, however long it takes; operations go on meanwhile. @throws the signal's reason when aborted */
export function openTemporalLink(options: {
  address: string;
  log: Logger;
  signal: AbortSignal;
}): Promise<NativeConnection> {
  return connectTemporal(options);
}
