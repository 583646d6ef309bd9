// The agent's way to Temporal, behind one module: through the tunnel, which speaks TLS to the gateway.
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from '../../common/log.ts';
import { connectTemporal } from '../../workers/connection.ts';
import type { Reachability } from './reachability.ts';
import type { Tunnel } from './tunnel.ts';

/** The gateway puts in the namespace that is the right one, whatever a host says. */
export const TEMPORAL_NAMESPACE = 'default';

/**
 * Connects, however long it takes; operations go on meanwhile. The way to the gateway, or a new certificate, ends a wait: who
 * was dropped for the old one would come a minute after it otherwise. @throws the signal's reason when aborted
 */
export function openTemporalLink(options: {
  tunnel: Tunnel;
  reachability: Reachability;
  log: Logger;
  signal: AbortSignal;
}): Promise<NativeConnection> {
  const { tunnel, reachability, log, signal } = options;
  const wait = (ms: number) => reachability.wait(ms, signal);
  return connectTemporal({ address: tunnel.address, tls: false, log, signal, wait });
}
