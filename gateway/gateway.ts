// The gateway of one process: what it reads of the management cluster, its port, and the two doors behind that.
import type { AddressInfo } from 'node:net';
import type { Kube } from '../common/kube/client.ts';
import type { Logger } from '../common/log.ts';
import type { TemporalLink } from '../common/temporal-link.ts';
import { createAudit } from './audit.ts';
import { boundLog } from './bounded-log.ts';
import type { Credentials } from './credentials.ts';
import { startDirectory } from './host-index.ts';
import { createFront, type Front } from './connections/front.ts';
import { createHttpHalf, type HttpHalf } from './http-api/http.ts';
import { LIMITS, type Limits } from './limits.ts';
import { Metrics } from './metrics.ts';
import { openTemporalProxy, type TemporalProxy } from './temporal-proxy/proxy.ts';

export type GatewayOptions = {
  /** `watch` for what lasts; `write` with a short time limit, so that a slow API server does not pile up requests. */
  kube: { watch: Kube; write: Kube };
  credentials: Credentials;
  listen: { host: string; port: number };
  /** The link to Temporal as it is configured now. */
  readLink: () => TemporalLink;
  controller: string;
  bundles: string | undefined;
  log: Logger;
  limits?: Partial<Limits>;
};

export type Gateway = {
  address: AddressInfo;
  metrics: Metrics;
  setCredentials: (fresh: Credentials) => void;
  /** Takes no more connections and lets what runs end; the caller bounds the time. */
  close: () => Promise<void>;
};

/** Listens at once; until the hosts are known every request is answered 503. @throws when it cannot listen */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log, kube } = options;
  let { credentials } = options;
  const limits = { ...LIMITS, ...options.limits };
  const shared = { limits, log, audit: createAudit(log), metrics: new Metrics() };
  // Changes are told from the first answer of the API server on, when all of this has long been made.
  const directory = startDirectory(kube.watch, { log, onChange: (hostID) => front.recheck(hostID) });
  const { readLink } = options;
  const { namespace } = readLink();
  const tokenKeys = () => credentials.tokenKeys;
  const door = openTemporalProxy({ readLink, namespace, tokenKeys, audit: shared.audit, log });
  const parts = { ...shared, directory, door };
  const http = openHttp(options, parts, () => credentials);
  const front = openFront(options, parts, http);
  watchAll(parts, front, http);
  return {
    address: await front.listen(options.listen.host, options.listen.port),
    metrics: shared.metrics,
    setCredentials: (fresh) => {
      credentials = fresh;
      front.setCredentials(fresh);
    },
    close: () => closeAll(parts, front, http),
  };
}

type Parts = {
  limits: Limits;
  log: Logger;
  audit: ReturnType<typeof createAudit>;
  metrics: Metrics;
  directory: ReturnType<typeof startDirectory>;
  door: TemporalProxy;
};

function openHttp({ kube, controller, bundles }: GatewayOptions, parts: Parts, now: () => Credentials): HttpHalf {
  const { limits, log, audit, metrics, directory, door } = parts;
  return createHttpHalf({
    kube: kube.write,
    controller: { address: controller, credentials: now },
    secondsSincePoll: (hostID) => door.secondsSincePoll(hostID),
    onAnswer: (route, outcome) => metrics.answered(route, outcome),
    directory,
    bundles,
    limits,
    audit,
    log,
  });
}

function openFront({ credentials }: GatewayOptions, parts: Parts, http: HttpHalf): Front {
  const { limits, log, audit, metrics, directory, door } = parts;
  return createFront({
    onRefused: (why) => metrics.refused(why),
    acceptTemporal: (socket, peer) => door.accept(socket, peer),
    acceptHttp: http.accept,
    credentials,
    directory,
    limits,
    audit,
    log: boundLog(log),
  });
}

function watchAll({ metrics, directory, door }: Parts, front: Front, http: HttpHalf): void {
  metrics.watch({
    connections: front.counts,
    polls: () => front.connectedHosts().filter((hostID) => door.secondsSincePoll(hostID) === 0).length,
    downloads: http.downloads,
    writes: http.writes,
    directoryAge: () => (performance.now() - directory.lastContact()) / 1000,
  });
}

async function closeAll({ directory, door }: Parts, front: Front, http: HttpHalf): Promise<void> {
  front.close();
  http.close();
  directory.stop();
  await door.close();
}
