// The HTTP half of the gateway, put together.
import type { Kube } from '../../common/kube/client.ts';
import type { Logger } from '../../common/log.ts';
import { boundLog } from '../bounded-log.ts';
import type { Credentials } from '../credentials.ts';
import type { HostDirectory } from '../host-index.ts';
import type { Limits } from '../limits.ts';
import type { Audit } from '../peer.ts';
import { createApi } from './api.ts';
import { createBlobs } from './blobs.ts';
import { createControllerLink } from './controller-link.ts';
import { createEnrollment } from './enrollment.ts';
import { createHostWrites } from './host-writes.ts';
import { createRenewal } from './renewal.ts';
import { createHttpServer, type HttpServer } from './server.ts';

export type HttpHalfOptions = {
  /** Each of its requests must be bounded in time. */
  kube: Kube;
  directory: HostDirectory;
  controller: { address: string; credentials: () => Credentials };
  bundles: string | undefined;
  secondsSincePoll: (hostID: string) => number | null;
  limits: Limits;
  audit: Audit;
  log: Logger;
  onAnswer: (route: string, outcome: string) => void;
};

/** The server, and what it counts for the metrics. */
export type HttpHalf = HttpServer & { downloads: () => number; writes: () => number };

export function createHttpHalf(options: HttpHalfOptions): HttpHalf {
  const { kube, directory, controller, limits, audit, log } = options;
  const link = createControllerLink(controller.address, controller.credentials);
  const enrollment = createEnrollment({ controller: link, limits, audit, log });
  const renewal = createRenewal({ controller: link, directory, limits, audit, log });
  const writes = createHostWrites({ kube, directory, limits });
  const blobs = createBlobs(options.bundles, limits);
  const { secondsSincePoll, onAnswer } = options;
  const api = createApi({ isReady: () => directory.isReady(), enrollment, renewal, writes, blobs, secondsSincePoll });
  const server = createHttpServer({ api, audit, log: boundLog(log), onAnswer });
  return {
    ...server,
    close: () => {
      server.close();
      link.close();
    },
    downloads: blobs.downloads,
    writes: writes.underWay,
  };
}
