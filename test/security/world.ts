// The world in which threats are tried out: everything real, brought up once and found by each test file.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { ARCHITECTURE } from '../../common/platform.ts';
import { buildAgentPackage } from '../../packaging/build-agent-package.ts';
import { enrollHost, waitForHosts } from '../../harness/hosts.ts';
import { kubectlOf, type Kubectl } from '../../harness/kubectl.ts';
import { startProvider } from '../../harness/provider.ts';
import { ensureLabBundle } from '../../lab/bundle.ts';
import { openInstance, startInstance, stopInstance, type HostHandle, type Instance } from '../../lab/index.ts';
import { ensureParts } from '../../lab/parts/index.ts';
import { logFile } from '../../lab/processes.ts';
import { instanceNameOf } from '../support/instance-name.ts';

const NAME = instanceNameOf('security');
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const say = (line: string): void => void process.stdout.write(`  ${line}\n`);

export type World = { instance: Instance; kubectl: Kubectl; hosts: HostHandle[] };

/** Brings everything up, or finds it running. */
export async function startWorld(): Promise<void> {
  const bundle = await ensureLabBundle(await ensureParts({ onProgress: say }), say);
  const packageFile = await buildAgentPackage({ root, architecture: ARCHITECTURE });
  const instance = await startInstance({ name: NAME, hosts: 2, bundleDir: bundle.dir, onProgress: say });
  await startProvider(instance, { bundleDir: bundle.dir });
  for (const host of instance.hosts) await enrollHost({ instance, host, packageFile, labels: {} });
  const names = instance.hosts.map(({ name }) => name);
  await waitForHosts(instance, names);
}

export const stopWorld = (): Promise<void> => stopInstance(NAME, () => undefined);

/** The world that `startWorld` brought up. */
export async function openWorld(): Promise<World> {
  const instance = await openInstance(NAME);
  return { instance, kubectl: kubectlOf(instance), hosts: instance.hosts };
}

/** Temporal's frontend itself, as its owner or an intruder behind the gateway reaches it. */
export async function openTemporal({ instance }: World): Promise<{ client: Client; close(): Promise<void> }> {
  const connection = await Connection.connect({ address: instance.temporal.address });
  return { client: new Client({ connection }), close: () => connection.close() };
}

const AuditLine = z.looseObject({ audit: z.literal(true), act: z.string(), outcome: z.enum(['allowed', 'denied']) });
export type AuditLine = z.infer<typeof AuditLine>;

/** What the gateway has put on record so far, oldest first. */
export async function readAudit({ instance }: World): Promise<AuditLine[]> {
  const text = await readFile(logFile(instance.dir, 'byo-gateway'), 'utf8');
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const parsed = AuditLine.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  });
}
