// The gateway's door to Temporal: gRPC over the connections that the front admits, and no further than a host may go.
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { Server, ServerCredentials, status, type ServerOptions } from '@grpc/grpc-js';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { boundLog, type BoundedLog } from '../bounded-log.ts';
import type { Audit, Peer } from '../peer.ts';
import { createConnections } from './connections.ts';
import { createHostRates } from './host-rates.ts';
import { TEMPORAL_LIMITS, type TemporalLimits } from './limits.ts';
import { allMethods } from './methods.ts';
import { createPolls } from './polls.ts';
import { Refusal, toStatus } from './refusal.ts';
import { serveCall, type Call, type CallDeps } from './serve-call.ts';
import type { TokenKeys } from './token-seal.ts';
import type { TemporalLink } from '../../common/temporal-link.ts';
import { openUpstream } from './upstream.ts';

export type { TemporalLimits } from './limits.ts';
export type { TokenKeys } from './token-seal.ts';

export type TemporalProxy = {
  /** Serves a connection whose handshake is over, with ALPN h2 and the certificate of `peer`. */
  accept(socket: TLSSocket, peer: Peer): void;
  /**
   * 0 while a poll of the host is open; null when the host has no connection here, since it may well poll at another
   * gateway then.
   */
  secondsSincePoll(hostID: string): number | null;
  /** Answers polls with UNAVAILABLE, lets the other calls end for a few seconds, then closes. */
  close(): Promise<void>;
};

export type TemporalProxyOptions = {
  /** HOST:PORT of Temporal's frontend. */
  /** The link to Temporal as it is configured now. */
  readLink: () => TemporalLink;
  namespace: string;
  tokenKeys: () => TokenKeys;
  audit: Audit;
  log: Logger;
  limits?: Partial<TemporalLimits>;
};

const DRAIN_MS = 5000;
const identity = (bytes: Buffer): Buffer => bytes;
const seconds = (): number => performance.now() / 1000;

export function openTemporalProxy(options: TemporalProxyOptions): TemporalProxy {
  const { audit, log } = options;
  const deps = createDeps(options);
  const { connections, polls, upstream } = deps;
  const server = createServer(deps, boundLog(log));
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    accept: (socket, peer) => {
      if (deps.state.closing) {
        socket.destroy();
        return;
      }
      socket.on('error', (error) => log.debug({ host: peer.hostID, error: describeError(error) }, 'a link broke'));
      if (connections.add(socket, peer)) audit({ act: 'ReplaceConnection', outcome: 'allowed', peer });
      injector.injectConnection(socket);
    },
    secondsSincePoll: (hostID) => (connections.peerOf(hostID) ? polls.secondsSince(hostID) : null),
    close: async () => {
      deps.state.closing = true;
      polls.endAll(new Refusal(status.UNAVAILABLE, 'Closing', 'the gateway restarts'));
      injector.destroy();
      await Promise.race([connections.drained(), delay(DRAIN_MS, undefined, { ref: false })]);
      connections.cutAll();
      server.forceShutdown();
      upstream.close();
    },
  };
}

function createDeps({ readLink, namespace, tokenKeys, audit, log, limits: changed }: TemporalProxyOptions): CallDeps {
  const limits = { ...TEMPORAL_LIMITS, ...changed };
  return {
    namespace,
    limits,
    tokenKeys,
    audit,
    upstream: openUpstream(readLink, log),
    connections: createConnections(),
    polls: createPolls(seconds),
    rates: createHostRates(limits, seconds),
    state: { calls: 0, closing: false },
  };
}

function createServer(deps: CallDeps, log: BoundedLog): Server {
  const server = new Server(serverOptions(deps.limits));
  for (const [path, method] of allMethods()) {
    const handle = (call: Call, answer: (error: object | null, reply?: Buffer) => void): void => {
      serveCall(deps, path, method, call).then(
        (reply) => answer(null, Buffer.from(reply)),
        (error: unknown) => {
          if (error instanceof Refusal) return answer(toStatus(error));
          log.error({ path, error: describeError(error) }, 'a call could not be served');
          answer({ code: status.UNAVAILABLE, details: 'trouble in the gateway' });
        },
      );
    };
    server.register(path, handle, identity, identity, 'unary');
  }
  return server;
}

/** Without a bound port; headers have Node's own caps (64 KiB, 128 pairs), for which grpc-js has no option. */
function serverOptions(limits: TemporalLimits): ServerOptions {
  return {
    'grpc.keepalive_time_ms': limits.keepaliveMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
    'grpc.max_connection_age_ms': limits.connectionAgeMs,
    'grpc.max_connection_age_grace_ms': limits.connectionGraceMs,
    'grpc.max_concurrent_streams': limits.streamsPerHost,
    'grpc.max_receive_message_length': limits.requestBytes,
    'grpc-node.max_session_memory': limits.sessionMegabytes,
    'grpc.enable_channelz': 0,
  };
}
