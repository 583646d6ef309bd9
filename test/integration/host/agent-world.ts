// An agent on a real machine of the lab, and a controller's hand that gives it orders through a real Temporal.
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { JWK } from 'jose';
import { z } from 'zod';
import { ARCHITECTURE } from '../../../common/platform.ts';
import type { OperationResult } from '../../../api/activities.ts';
import { ByoHost } from '../../../api/byo-host.ts';
import { hostQueueOf, leaseNameOf, providerIdOf, SIGNING_KEY_SECRET, SYSTEM_NAMESPACE } from '../../../api/names.ts';
import { Order, type SealedOrder } from '../../../api/orders.ts';
import type { ReportedHost } from '../../../api/report/reported-host.ts';
import { buildAgentPackage } from '../../../packaging/build-agent-package.ts';
import { parsePublicJwk } from '../../../common/keys/jwk.ts';
import { sealOrder } from '../../../common/keys/sealing.ts';
import { enrollHost } from '../../../harness/hosts.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { startProvider } from '../../../harness/provider.ts';
import { ensureLabBundle, type LabBundle } from '../../../lab/bundle.ts';
import { startInstance, stopInstance, type HostHandle, type Instance } from '../../../lab/index.ts';
import { ensureParts } from '../../../lab/parts/index.ts';
import { waitFor } from '../../../lab/wait.ts';
import { instanceNameOf } from '../../support/instance-name.ts';
import { resultOf } from '../../support/result-of.ts';
import { withAgentLog } from './agent-log.ts';

const PublicKey = z.looseObject({ kty: z.string(), kid: z.string() });
const PrivateKey = z.looseObject({ kty: z.literal('EC'), d: z.string() });
const NAME = instanceNameOf('agenttest');
const root = join(import.meta.dirname, '..', '..', '..');
const say = (line: string): void => void process.stdout.write(`  ${line}\n`);

export type AgentWorld = {
  instance: Instance;
  host: HostHandle;
  hostID: string;
  client: Client;
  bundle: LabBundle;
  signing: JWK;
  close(): Promise<void>;
};

/** What of an order a test says; the rest is the same for all. */
export type Wish = Pick<Order, 'verb' | 'arguments'> & { operation: string; generation?: number; incarnation?: string };

/** `beforeAgent` sees the host while it merely runs Linux. `light`: of all images the bundle holds `pause` alone. */
export type WorldOptions = { beforeAgent?: (host: HostHandle) => Promise<void>; light?: boolean };

/** One host with the real package of the agent, enrolled and heard of. */
export async function openAgentWorld(options: WorldOptions = {}): Promise<AgentWorld> {
  await stopInstance(NAME, say);
  const parts = await ensureParts({ onProgress: say });
  const images = parts.images.filter(({ reference }) => !options.light || reference.includes('/pause:'));
  const bundle = await ensureLabBundle({ ...parts, images }, say);
  const instance = await startInstance({ name: NAME, hosts: 1, bundleDir: bundle.dir, onProgress: say });
  const [host] = instance.hosts;
  if (!host) throw new Error('the lab gave no host');
  await options.beforeAgent?.(host);
  await startProvider(instance);
  await enroll(instance, host);
  const signing = await readSigningKey(instance);
  const connection = await Connection.connect({ address: instance.temporal.address });
  const hostID = (await readHost(instance, host)).spec.hostID;
  const close = async () => {
    await connection.close();
    await stopInstance(NAME, say);
  };
  return { instance, host, hostID, client: new Client({ connection }), bundle, signing, close };
}

async function enroll(instance: Instance, host: HostHandle): Promise<void> {
  const packageFile = await buildAgentPackage({ root, architecture: ARCHITECTURE });
  await enrollHost({ instance, host, labels: {}, packageFile });
}

/** The controller's own key, so that a test can give orders in its place. */
async function readSigningKey(instance: Instance): Promise<JWK> {
  const path = ['-n', SYSTEM_NAMESPACE, 'get', 'secret', SIGNING_KEY_SECRET, '-o', 'jsonpath={.data.current}'];
  const text = Buffer.from(await kubectlOf(instance).run(path), 'base64').toString();
  const { kid } = await parsePublicJwk(text);
  return { ...PrivateKey.parse(JSON.parse(text)), kid };
}

async function readHost(instance: Instance, host: HostHandle): Promise<ByoHost> {
  return ByoHost.parse(await kubectlOf(instance).get(['byohost', host.name]));
}

/** Waits for a report that is as the test wants it. */
export async function waitForReport(
  { instance, host }: AgentWorld,
  isWanted: (report: ReportedHost) => boolean,
): Promise<ReportedHost> {
  let found: ReportedHost | undefined;
  const probe = async () => {
    found = (await readHost(instance, host)).status?.reported;
    return found && isWanted(found) ? undefined : JSON.stringify(found ?? 'no report');
  };
  await withAgentLog(host, () => waitFor('the report', probe, { timeoutMs: 120_000, everyMs: 250 }));
  if (!found) throw new Error('no report');
  return found;
}

/** resourceVersion of the ByoHost: unchanged means that nobody wrote. */
export async function readResourceVersion({ instance, host }: AgentWorld): Promise<string> {
  return (await readHost(instance, host)).metadata.resourceVersion;
}

/** renewTime of the host's Lease. */
export async function readRenewTime({ instance, host }: AgentWorld): Promise<string> {
  const lease = ['get', 'lease', leaseNameOf(host.name), '-o', 'jsonpath={.spec.renewTime}'];
  return kubectlOf(instance).run(lease);
}

/** Seconds; tried for ever unless `attempts` says otherwise. */
export type Giving = { heartbeatSeconds?: number; attempts?: number };

/** Seals the order to the key that the host reported and starts its activity; the workflow's part, without a workflow. */
export async function giveOrder(
  world: AgentWorld,
  wish: Wish,
  { heartbeatSeconds = 30, attempts }: Giving = {},
): Promise<{ result: Promise<OperationResult> }> {
  const sealed = await sealWish(world, wish);
  const retry = { initialInterval: '1 second', maximumInterval: '5 seconds' } as const;
  const handle = await world.client.activity.start<OperationResult>(wish.verb, {
    id: `${wish.operation}-${sealed.generation}-${Math.random()}`,
    taskQueue: hostQueueOf(world.hostID),
    args: [sealed],
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: heartbeatSeconds * 1000,
    retry: { ...retry, ...(attempts && { maximumAttempts: attempts }) },
  });
  // In an object: a promise of a promise would be waited for as a whole.
  return { result: resultOf(handle) };
}

async function sealWish(world: AgentWorld, wish: Wish): Promise<SealedOrder> {
  const { verb, operation, incarnation = 'world', generation = 1 } = wish;
  const report = await waitForReport(world, ({ sealingKey }) => sealingKey !== '');
  const recipient = PublicKey.parse(JSON.parse(report.sealingKey));
  const issuedAt = Math.floor(Date.now() / 1000);
  const order = Order.parse({ ...wish, incarnation, generation, hostID: world.hostID, issuedAt });
  const sealed = await sealOrder(order, { signing: world.signing, recipient });
  return { verb, operation, incarnation, generation, sealed };
}

/** The order to install the lab's bundle for a claim generation. */
export function installWish(world: AgentWorld, generation = 1): Wish {
  const { version, digest } = world.bundle;
  const bundle = { source: 'file:///opt/byo-bundles', digest };
  const providerID = providerIdOf(world.hostID, generation);
  return { verb: 'install', operation: `install/${version}`, generation, arguments: { version, bundle, providerID } };
}
