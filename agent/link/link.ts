// All of the agent's ways to its gateway, put together: Temporal's tunnel, what it tells, bundles, and its own renewal.
import type { BlobReader } from '../../bundle/sources/gateway-source.ts';
import type { Logger } from '../../common/log.ts';
import type { AgentConfig } from '../config.ts';
import { SealingKeys } from '../identity/sealing-keys.ts';
import { createBlobReader } from './blobs.ts';
import { CertificateDoubts } from '../identity/certificate-doubts.ts';
import { createDial } from './dial.ts';
import { createGatewayClient, type Listening } from './http.ts';
import { createManagementLink, type ManagementLink } from './management.ts';
import { Reachability } from './reachability.ts';
import { CERTIFICATE_REFUSED } from './refusal.ts';
import { keepRenewing } from '../identity/renewal.ts';
import { ServerClock } from './server-clock.ts';
import { openTunnel, type Tunnel } from './tunnel.ts';

export type Link = {
  management: ManagementLink;
  tunnel: Tunnel;
  /** On a connection of its own: a bundle of gigabytes must not stand in the way of a report. */
  blobs: BlobReader;
  /** What waits for the gateway, waits here. */
  reachability: Reachability;
  /** The time of the gateway: what is judged by a time here, is judged by this one. */
  clock: ServerClock;
  sealingKeys: SealingKeys;
  /** Settles with the signal; rejects when the identity can no longer be read. */
  done: Promise<void>;
};

export type LinkOptions = { config: AgentConfig; log: Logger; signal: AbortSignal };

export async function openLink(options: LinkOptions): Promise<Link> {
  const { config, log, signal } = options;
  const reachability = new Reachability();
  const dial = reachability.watch(createDial(config));
  const tunnel = await openTunnel({ dial, log, signal, reachability });
  const clock = new ServerClock();
  const doubts = new CertificateDoubts();
  const listening: Listening = {
    onAnswer: (dated) => clock.learn(dated),
    onRefusal: ({ status }) => status === CERTIFICATE_REFUSED && doubts.tell(),
  };
  const management = createManagementLink(createGatewayClient(dial, listening));
  // On a connection of its own as well: it must not wait for a report that waits.
  const call = createGatewayClient(dial, listening);
  const { stateDir } = config;
  // A key that is not ours is put right by a renewal, as a certificate that is refused is.
  const sealingKeys = new SealingKeys({ stateDir, log, onUnknown: () => doubts.tell() });
  const done = keepRenewing({ stateDir, call, clock, sealingKeys, doubts, reachability, log, signal });
  return { management, tunnel, blobs: createBlobReader(dial), reachability, clock, sealingKeys, done };
}
