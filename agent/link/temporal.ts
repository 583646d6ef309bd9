// The agent's way to Temporal, behind one module: through the tunnel, which speaks TLS to the gateway.
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from '../../common/log.ts';
import { connectTemporal } from '../../workers/connection.ts';
import type { Tunnel } from './tunnel.ts';

/** The gateway puts in the namespace that is the right one, whatever a host says. */
export const TEMPORAL_NAMESPACE = 'default';

/** Connects, however long it takes; operations go on meanwhile. @throws the signal's reason when aborted */
export function openTemporalLink(options: {
  tunnel: Tunnel;
  log: Logger;
  signal: AbortSignal;
}): Promise<NativeConnection> {
  const { tunnel, log, signal } = options;
  return connectTemporal({ address: tunnel.address, tls: false, log, signal });
}
