// The paths of the HTTP API: who may ask for each, and who answers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GATEWAY_PATHS, LeaseAnswer } from '../../api/gateway.ts';
import { ReportedHost } from '../../api/report/reported-host.ts';
import type { RefusalReason } from '../connections/authenticate.ts';
import type { Caller } from '../connections/admit.ts';
import type { Peer } from '../peer.ts';
import type { BlobService } from './blobs.ts';
import type { Enrollment } from './enrollment.ts';
import type { HostWrites } from './host-writes.ts';
import type { Renewal } from './renewal.ts';
import { refuse, type ProblemReason } from './problem.ts';
import { readBody } from './read-body.ts';

const MAX_REPORT = 64 * 1024;

export type ApiOptions = {
  isReady: () => boolean;
  enrollment: Enrollment;
  renewal: Renewal;
  writes: HostWrites;
  blobs: BlobService;
  secondsSincePoll: (hostID: string) => number | null;
};

/** Answers, or throws a Refusal or whatever went wrong on the way. */
export type Api = (request: IncomingMessage, response: ServerResponse, caller: Caller) => Promise<void>;

export type Route = 'enroll' | 'renew' | 'report' | 'lease' | 'blobs';

const METHODS: Record<Route, string[]> = {
  enroll: ['POST'],
  renew: ['POST'],
  report: ['PUT', 'POST'],
  lease: ['PUT'],
  blobs: ['GET', 'HEAD'],
};

/** The route of a path; a query is no part of any. */
export function routeOf(path: string): Route | undefined {
  if (path.startsWith(GATEWAY_PATHS.blobs)) return 'blobs';
  return (['enroll', 'renew', 'report', 'lease'] as const).find((route) => GATEWAY_PATHS[route] === path);
}

/** What a caller without a valid certificate hears where one is needed. */
export function reasonFor(refusal: RefusalReason | undefined): ProblemReason {
  if (refusal === undefined) return 'CertificateNeeded';
  if (refusal === 'NotReady') return 'NotReady';
  if (refusal === 'OutOfDate') return 'CertificateOutOfDate';
  return refusal === 'NotPinned' ? 'HostRevoked' : 'CertificateRefused';
}

export function createApi(options: ApiOptions): Api {
  return async (request, response, caller) => {
    const route = routeOf(request.url ?? '');
    if (!route) throw refuse('NotFound');
    if (!METHODS[route].includes(request.method ?? '')) throw refuse('MethodNotAllowed');
    if (!options.isReady()) throw refuse('NotReady');
    if (route === 'enroll' || route === 'renew') {
      const pass = route === 'enroll' ? options.enrollment : options.renewal;
      sendJson(response, await pass(request, caller.address));
      return;
    }
    if (!caller.peer) throw refuse(reasonFor(caller.refusal));
    await answerHost(options, route, { request, response, peer: caller.peer });
  };
}

type Asked = { request: IncomingMessage; response: ServerResponse; peer: Peer };

async function answerHost(options: ApiOptions, route: 'report' | 'lease' | 'blobs', asked: Asked): Promise<void> {
  const { request, response, peer } = asked;
  const { writes, blobs } = options;
  if (route === 'blobs') return blobs.answer(request, response, peer);
  writes.takeRate(route, peer);
  if (route === 'report') {
    await writes.report(peer, await readBody(request, ReportedHost, MAX_REPORT));
    response.writeHead(204).end();
    return;
  }
  const reportDigest = await writes.renewLease(peer);
  sendJson(response, LeaseAnswer.parse({ secondsSincePoll: options.secondsSincePoll(peer.hostID), reportDigest }));
}

function sendJson(response: ServerResponse, body: object): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(body));
}
