// Temporal behind TLS that demands a certificate of its clients: controller and gateway reach it as they are configured,
// are refused without one, and take a renewed one up without a restart.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createLogger } from '../../../common/log.ts';
import { readTemporalLink } from '../../../common/temporal-link.ts';
import { runControlWorker } from '../../../controller/temporal/control-worker.ts';
import { Metrics } from '../../../controller/runtime/metrics.ts';
import { createWorkflowSignaler } from '../../../controller/temporal/notifier.ts';
import { openUpstream } from '../../../gateway/temporal-proxy/upstream.ts';
import { createAuthority, issueCertificate, type KeyPair } from '../../../lab/certificates.ts';
import { startTemporalProxy, type TemporalProxy } from '../../support/temporal-proxy.ts';
import { createFakeCluster } from '../workflow/fake-cluster.ts';
import { createWorld } from '../workflow/world.ts';
import { SERVICE } from './calls.ts';

const api = proto.temporal.api.workflowservice.v1;
const SOON = 50;
const machine = { management: randomUUID(), namespace: 'default', name: 'm', incarnation: randomUUID() };
let authority: KeyPair;
let proxy: TemporalProxy;
let folder: string;
/** Of every call that came through: who called by certificate, what, and with which API key. */
let calls: { caller: string | undefined; method: string; key: unknown }[] = [];

Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-temporal-link-'));
  authority = await createAuthority('temporal');
  const { certificate: cert, key } = await issueCertificate(authority, {
    commonName: 'temporal.test',
    addresses: ['temporal.test'],
  });
  await writeFile(join(folder, 'ca'), authority.certificate);
  proxy = await startTemporalProxy({
    upstream: process.env['BYO_TEST_TEMPORAL'] ?? '',
    tls: { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
    onCall: (headers, caller) =>
      void calls.push({ caller, method: String(headers[':path']), key: headers['authorization'] }),
  });
});
beforeEach(async () => {
  await writeCertificate('first');
  calls = [];
});
afterAll(async () => {
  await proxy.close();
  await rm(folder, { recursive: true });
});

async function writeCertificate(commonName: string): Promise<void> {
  const { certificate, key } = await issueCertificate(authority, { commonName });
  await writeFile(join(folder, 'key'), key);
  await writeFile(join(folder, 'cert'), certificate);
}

const strangers = () => ({
  TEMPORAL_CONFIG_FILE: join(folder, 'none.toml'),
  TEMPORAL_ADDRESS: proxy.address,
  TEMPORAL_API_KEY: 'an-api-key',
  TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'ca'),
});
const readLink = () =>
  readTemporalLink(
    {},
    {
      ...strangers(),
      TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, 'cert'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: join(folder, 'key'),
    },
  );
const readNoCertificate = () => readTemporalLink({}, strangers());

const log = createLogger('test', 'silent');
const by = (caller: string, method: string) => ({ caller, method: `${SERVICE}${method}`, key: 'Bearer an-api-key' });

function describe(upstream: ReturnType<typeof openUpstream>): Promise<Buffer> {
  const request = api.DescribeNamespaceRequest.encode({ namespace: 'default' }).finish();
  const options = { deadline: Date.now() + 5000, signal: new AbortController().signal };
  return upstream.call(`${SERVICE}DescribeNamespace`, request, options);
}

test('the gateway: through with its certificate, refused without, and with the next one once it is there', async () => {
  const upstream = openUpstream(readLink, log, SOON);
  const stranger = openUpstream(readNoCertificate, log);
  try {
    const { namespaceInfo } = api.DescribeNamespaceResponse.decode(await describe(upstream));
    expect(namespaceInfo?.name).toBe('default');
    expect(calls).toEqual([by('first', 'DescribeNamespace')]);
    await expect(describe(stranger)).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect(calls).toHaveLength(1);
    await writeCertificate('second');
    await vi.waitFor(
      async () => {
        await describe(upstream);
        expect(calls.at(-1)).toEqual(by('second', 'DescribeNamespace'));
      },
      { timeout: 30_000 },
    );
  } finally {
    upstream.close();
    stranger.close();
  }
});

const nothing = (): void => undefined;

/** As the controller runs it. */
function runWorker(read: typeof readLink): { metrics: Metrics; stop: () => Promise<void> } {
  const stopping = new AbortController();
  const metrics = new Metrics();
  const activities = createFakeCluster(() => createWorld(machine, randomUUID()));
  const told = { onForgotten: nothing, onStuck: async () => undefined, onEnded: nothing };
  const { management } = machine;
  const { signal } = stopping;
  const settings = { readLink: read, management, activities, metrics, log, signal, linkEveryMs: SOON, ...told };
  const running = runControlWorker(settings);
  return {
    metrics,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

test('the controller: its worker polls with its certificate, and with the next one once it is there', async () => {
  const { metrics, stop } = runWorker(readLink);
  const signaler = createWorkflowSignaler(readLink);
  try {
    await vi.waitFor(() => expect(calls).toContainEqual(by('first', 'PollWorkflowTaskQueue')), { timeout: 30_000 });
    expect(await metrics.text()).toContain('byo_temporal_worker_polls 1');
    await signaler.signal(machine, 'SignalWithStart');
    expect(calls).toContainEqual(by('first', 'SignalWithStartWorkflowExecution'));
    await writeCertificate('second');
    await vi.waitFor(() => expect(calls).toContainEqual(by('second', 'PollWorkflowTaskQueue')), { timeout: 30_000 });
  } finally {
    await signaler.close();
    await stop();
  }
});

test('the controller without a certificate is refused, and goes on trying', async () => {
  const warn = vi.spyOn(log, 'warn');
  const { metrics, stop } = runWorker(readNoCertificate);
  const signaler = createWorkflowSignaler(readNoCertificate);
  try {
    await vi.waitFor(() => expect(warn.mock.calls.join()).toContain('the link to Temporal is not ready'), {
      timeout: 30_000,
    });
    await expect(signaler.signal(machine, 'SignalWithStart')).rejects.toThrow('Failed to signalWithStart Workflow');
    expect(await metrics.text()).toContain('byo_temporal_worker_polls 0');
    expect(calls).toEqual([]);
  } finally {
    await signaler.close();
    await stop();
    warn.mockRestore();
  }
});
