// The agent's way to the management cluster: its own ByoHost's report and its own Lease, and nothing else. The one module
// that a gateway will stand in for. Plain HTTPS, since the Kubernetes client alone would take 80 MB of a host's memory.
import { Agent, request } from 'node:https';
import { z } from 'zod';
import { API_VERSION, FIELD_MANAGERS, GROUP, leaseNameOf, VERSION } from '../../api/names.ts';
import type { ReportedHost } from '../../api/reported-host.ts';
import { printable } from '../../common/errors.ts';
import { readKubeconfig } from './kubeconfig.ts';

/** A lease is stale for the controller after this; we renew it every 60 s. */
const LEASE_SECONDS = 150;
const REQUEST_TIMEOUT_MILLISECONDS = 20_000;
const LARGEST_ANSWER = 4 * 1024 * 1024;

/** What an agent may say. Every method throws when the link fails; the caller tries again. */
export type ManagementLink = {
  /** Server-side apply of `status.reported`, field manager byo-agent: an equal report changes nothing. */
  applyReport(report: ReportedHost): Promise<void>;
  /** Makes or renews the Lease of this host. */
  renewLease(now: Date): Promise<void>;
};

export type LinkOptions = { kubeconfig: string; namespace: string; name: string; hostID: string };

type Call = { method: 'GET' | 'POST' | 'PUT' | 'PATCH'; path: string; body?: object; contentType?: string };
type Answer = { status: number; body: string };

export function createManagementLink(options: LinkOptions): ManagementLink {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, timeout: REQUEST_TIMEOUT_MILLISECONDS });
  const call = (wanted: Call) => callServer(options, agent, wanted);
  return {
    applyReport: (report) => applyReport(options, call, report),
    renewLease: (now) => renewLease(options, call, now),
  };
}

type Caller = (wanted: Call) => Promise<Answer>;

async function applyReport({ namespace, name }: LinkOptions, call: Caller, report: ReportedHost): Promise<void> {
  const path = `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/byohosts/${name}/status`;
  const query = `fieldManager=${FIELD_MANAGERS.agent}&force=true&fieldValidation=Strict`;
  const body = {
    apiVersion: API_VERSION,
    kind: 'ByoHost',
    metadata: { name, namespace },
    status: { reported: report },
  };
  expectSuccess(
    await call({ method: 'PATCH', path: `${path}?${query}`, body, contentType: 'application/apply-patch+yaml' }),
  );
}

const Lease = z.looseObject({ metadata: z.looseObject({}), spec: z.looseObject({}).optional() });

async function renewLease({ namespace, name, hostID }: LinkOptions, call: Caller, now: Date): Promise<void> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const leaseName = leaseNameOf(name);
  // MicroTime: six digits of a second.
  const renewTime = now.toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: hostID, leaseDurationSeconds: LEASE_SECONDS, renewTime };
  const present = await call({ method: 'GET', path: `${path}/${leaseName}` });
  if (present.status === 404) {
    const metadata = { name: leaseName, namespace };
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    return expectSuccess(await call({ method: 'POST', path, body }));
  }
  expectSuccess(present);
  const lease = Lease.parse(JSON.parse(present.body));
  expectSuccess(await call({ method: 'PUT', path: `${path}/${leaseName}`, body: { ...lease, spec } }));
}

function expectSuccess({ status, body }: Answer): void {
  if (status >= 200 && status < 300) return;
  throw new Error(`the API server answered ${status}: ${printable(body, 300)}`);
}

async function callServer(options: LinkOptions, agent: Agent, wanted: Call): Promise<Answer> {
  const { server, token, ...tls } = await readKubeconfig(options.kubeconfig);
  const body = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
  const headers = {
    accept: 'application/json',
    'user-agent': 'byo-agent',
    ...(body === undefined ? {} : { 'content-type': wanted.contentType ?? 'application/json' }),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const url = new URL(wanted.path, server);
  const sent = request(url, { ...tls, agent, method: wanted.method, headers, signal: timeout }, (answer) => {
    const parts: Buffer[] = [];
    let size = 0;
    answer.on('data', (part: Buffer) => {
      size += part.length;
      if (size > LARGEST_ANSWER) answer.destroy(new Error('the API server answered more than 4 MiB'));
      parts.push(part);
    });
    answer.on('error', reject);
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }));
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}
