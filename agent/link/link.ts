// All of the agent's ways to its gateway, put together: Temporal's tunnel, what it tells, bundles, and its own renewal.
import type { BlobReader } from '../../bundle/read/gateway-source.ts';
import type { Logger } from '../../common/log.ts';
import type { AgentConfig } from '../config.ts';
import { createBlobReader } from './blobs.ts';
import { createDial } from './dial.ts';
import { createGatewayClient } from './http.ts';
import { createManagementLink, type ManagementLink } from './management.ts';
import { Reachability } from './reachability.ts';
import { keepRenewing } from './renewal.ts';
import { openTunnel, type Tunnel } from './tunnel.ts';

export type Link = {
  management: ManagementLink;
  tunnel: Tunnel;
  /** On a connection of its own: a bundle of gigabytes must not stand in the way of a report. */
  blobs: BlobReader;
  /** What waits for the gateway, waits here. */
  reachability: Reachability;
  /** Settles with the signal; rejects when the identity can no longer be read. */
  done: Promise<void>;
};

export async function openLink(options: { config: AgentConfig; log: Logger; signal: AbortSignal }): Promise<Link> {
  const { config, log, signal } = options;
  const reachability = new Reachability();
  const dial = reachability.watch(createDial(config));
  const tunnel = await openTunnel({ dial, log, signal, reachability });
  const management = createManagementLink(createGatewayClient(dial));
  const done = keepRenewing({ ...config, reachability, log, signal });
  return { management, tunnel, blobs: createBlobReader(dial), reachability, done };
}
