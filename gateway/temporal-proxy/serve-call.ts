// One call of a host: who it is, whether it may, and what becomes of it.
import { status, type ServerUnaryCall } from '@grpc/grpc-js';
import { parseIdentity } from '../../common/keys/identity.ts';
import type { Audit, Peer } from '../peer.ts';
import type { Connections } from './connections.ts';
import type { HostRates } from './host-rates.ts';
import type { TemporalLimits } from './limits.ts';
import type { Method } from './methods.ts';
import type { Polls } from './polls.ts';
import { isMisuse, Refusal, shed } from './refusal.ts';
import { checkShutdown, rebuildPoll, type RequestContext } from './requests.ts';
import { namespaceDescription, rebuildTask, systemInfo } from './responses.ts';
import { sealToken, type TokenKeys } from './token-seal.ts';
import { toRefusal, type Upstream } from './upstream.ts';

export type Call = ServerUnaryCall<Buffer, Buffer>;

export type CallDeps = {
  namespace: string;
  limits: TemporalLimits;
  tokenKeys(): TokenKeys;
  audit: Audit;
  upstream: Upstream;
  connections: Connections;
  polls: Polls;
  rates: HostRates;
  /** `calls` are those under way to Temporal, long polls aside. */
  state: { calls: number; closing: boolean };
};

/** A call with everything known about it. `act` is the method's name. */
type Served = { call: Call; path: string; act: string; peer: Peer; context: RequestContext };

/** @throws Refusal */
export async function serveCall(deps: CallDeps, path: string, method: Method, call: Call): Promise<Uint8Array> {
  const peer = peerOf(deps, call);
  const act = path.slice(path.lastIndexOf('/') + 1);
  const { namespace, limits } = deps;
  const context = { hostID: peer.hostID, namespace, limits, keys: deps.tokenKeys() };
  try {
    admit(deps, peer, act, call.request.length);
    return await answer(deps, method, { call, path, act, peer, context });
  } catch (error) {
    const refusal = toRefusal(error, method.kind === 'poll' ? 'poll' : 'forward');
    if (isMisuse(refusal)) {
      const target = refusal.target === undefined ? {} : { target: refusal.target };
      deps.audit({ act, outcome: 'denied', peer, why: refusal.why, ...target });
    }
    throw refusal;
  }
}

/** The peer by the certificate of the very connection that the call came through. */
function peerOf({ connections, state }: CallDeps, call: Call): Peer {
  if (state.closing) throw new Refusal(status.UNAVAILABLE, 'Closing', 'the gateway restarts');
  const identity = parseIdentity(call.getAuthContext().sslPeerCertificate?.subjectaltname);
  const peer = identity?.kind === 'host' ? connections.peerOf(identity.hostID) : undefined;
  if (!peer) throw new Refusal(status.UNAVAILABLE, 'NotConnected', 'the connection has ended');
  return peer;
}

function admit({ rates, limits, audit }: CallDeps, peer: Peer, act: string, bytes: number): void {
  const kind = act === 'PollActivityTaskQueue' ? 'polls' : 'calls';
  const { taken, first } = rates.take(peer.hostID, kind, bytes);
  if (taken) return;
  if (first) audit({ act, outcome: 'denied', peer, why: 'TooManyCalls' });
  throw shed('TooManyCalls', limits.retryAfterMs);
}

async function answer(deps: CallDeps, method: Method, served: Served): Promise<Uint8Array> {
  const { hostID } = served.peer;
  switch (method.kind) {
    case 'poll':
      return await poll(deps, served);
    case 'forward':
      return await forward(deps, method, served);
    case 'systemInfo':
      return systemInfo();
    case 'namespace':
      return namespaceDescription(deps.namespace);
    case 'workerHeartbeat':
      return new Uint8Array();
    case 'shutdown':
      checkShutdown(served.call.request, served.context);
      deps.polls.takeBack(hostID);
      return new Uint8Array();
    case 'refused':
    default:
      throw new Refusal(status.PERMISSION_DENIED, 'MethodNotAllowed', 'a host may not call this method');
  }
}

async function poll(deps: CallDeps, { call, path, peer, context }: Served): Promise<Uint8Array> {
  const request = rebuildPoll(call.request, context);
  const { limits, polls, upstream } = deps;
  if (polls.count() >= limits.pollsInFlight) throw shed('Overloaded', limits.retryAfterMs);
  const controller = endedWith(call);
  const end = polls.open(peer.hostID, controller);
  try {
    const options = { deadline: deadlineOf(call, limits.pollDeadlineMs), signal: controller.signal };
    const reply = await upstream.call(path, request, options);
    const { bytes, task } = rebuildTask(reply, (token) => sealToken(token, peer.hostID, deps.tokenKeys()));
    if (task !== undefined) deps.audit({ act: 'TakeTask', outcome: 'allowed', peer, target: task });
    return bytes;
  } finally {
    end();
  }
}

async function forward(
  deps: CallDeps,
  method: Extract<Method, { kind: 'forward' }>,
  { call, path, act, peer, context }: Served,
): Promise<Uint8Array> {
  const request = method.request(call.request, context);
  const { limits, state, upstream } = deps;
  if (state.calls >= limits.callsInFlight) throw shed('Overloaded', limits.retryAfterMs);
  state.calls += 1;
  try {
    const { signal } = endedWith(call);
    const reply = await upstream.call(path, request, { deadline: deadlineOf(call, limits.callDeadlineMs), signal });
    if (method.audited) deps.audit({ act, outcome: 'allowed', peer });
    return method.response(reply);
  } finally {
    state.calls -= 1;
  }
}

/** One for all, since every stream ends: an error of its own would be made, with its stack, for each call that was served. */
const ENDED = new Refusal(status.CANCELLED, 'Ended', 'the host has ended the call');

/** Aborted when the host's stream or connection ends. */
function endedWith(call: Call): AbortController {
  const controller = new AbortController();
  const end = () => controller.abort(ENDED);
  if (call.cancelled) end();
  call.once('cancelled', end);
  return controller;
}

/** The host's own, within ours. Milliseconds since the epoch, as gRPC counts. */
function deadlineOf(call: Call, atMostMs: number): number {
  return Math.min(Number(call.getDeadline()), Date.now() + atMostMs);
}
