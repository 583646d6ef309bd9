// The way to the controller for enrollment and renewal: HTTPS, each side known by the name in its certificate.
import { Agent, request } from 'node:https';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { readBounded } from '../../common/bounded-body.ts';
import { SERVER_NAMES } from '../../api/gateway.ts';
import { parseIdentity } from '../../common/keys/identity.ts';
import type { Credentials } from '../credentials.ts';

export type ControllerAnswer = { status: number; body: string };

export type ControllerLink = {
  /** Posts a JSON text. Rejects when nobody answers in time, or the wrong one does. */
  post: (path: string, body: string) => Promise<ControllerAnswer>;
  close: () => void;
};

const TIMEOUT_MS = 15_000;
const LARGEST_ANSWER = 64 * 1024;

/** `address` is host:port; `credentials` is asked for each request, since the controller renews them. */
export function createControllerLink(address: string, credentials: () => Credentials): ControllerLink {
  let used: { version: string; agent: Agent } | undefined;
  const agentFor = (current: Credentials): Agent => {
    if (used?.version === current.version) return used.agent;
    // The one before is left to its requests under way; its idle sockets end by their timeout.
    used = { version: current.version, agent: createAgent(current) };
    return used.agent;
  };
  return {
    post: (path, body) => post(new URL(path, `https://${address}`), body, agentFor(credentials())),
    close: () => used?.agent.destroy(),
  };
}

function createAgent({ cert, key, ca, installation }: Credentials): Agent {
  return new Agent({
    cert,
    key,
    ca,
    minVersion: 'TLSv1.3',
    servername: SERVER_NAMES.controller,
    checkServerIdentity: (name: string, presented: PeerCertificate) =>
      checkServerIdentity(name, presented) ?? checkController(presented, installation),
    keepAlive: true,
    maxSockets: 8,
    timeout: TIMEOUT_MS,
  });
}

function checkController(presented: PeerCertificate, installation: string): Error | undefined {
  const identity = parseIdentity(presented.subjectaltname);
  if (identity?.kind === 'controller' && identity.installation === installation) return undefined;
  return new Error('the other side is not the controller of this installation');
}

function post(url: URL, body: string, agent: Agent): Promise<ControllerAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ControllerAnswer>();
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const sent = request(url, { agent, method: 'POST', headers, signal }, (answer) => {
    readBounded(answer, LARGEST_ANSWER, () => new Error('the controller answered more than 64 KiB')).then(
      (bytes) => resolve({ status: answer.statusCode ?? 0, body: bytes.toString('utf8') }),
      reject,
    );
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}
