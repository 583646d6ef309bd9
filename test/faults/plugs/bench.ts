// The bench: one instance of the lab with two hosts and the provider, brought up once for all scenarios and found by each.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ARCHITECTURE } from '../../../common/platform.ts';
import { buildAgentPackage } from '../../../packaging/build-agent-package.ts';
import { enrollHost, waitForHosts } from '../../../harness/hosts.ts';
import { readHosts } from '../../../harness/machines.ts';
import { startProvider } from '../../../harness/provider.ts';
import { ensureLabBundle, type LabBundle } from '../../../lab/bundle.ts';
import { openInstance, startInstance, stopInstance, type HostHandle, type Instance } from '../../../lab/index.ts';
import { ensureParts } from '../../../lab/parts/index.ts';
import { instanceNameOf } from '../../support/instance-name.ts';

/** Where a scenario runs: its clusters select `host` alone, so that two scenarios may run side by side. */
export type Bench = { instance: Instance; bundle: LabBundle; host: HostHandle };

/** Label by which a cluster selects its host; the value is the name of the host. */
export const ROLE_LABEL = 'byo.example.com/role';

const NAME = instanceNameOf('plugs');
const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const say = (line: string): void => void process.stdout.write(`  ${line}\n`);

/** Brings everything up, or finds it running. */
export async function startBench(): Promise<void> {
  const { dir: bundleDir } = await readBundle();
  const packageFile = await buildAgentPackage({ root, architecture: ARCHITECTURE });
  const instance = await startInstance({ name: NAME, hosts: 2, bundleDir, onProgress: say });
  await startProvider(instance, { bundleDir });
  for (const host of instance.hosts) {
    await enrollHost({ instance, host, packageFile, labels: { [ROLE_LABEL]: host.name } });
  }
  const names = instance.hosts.map(({ name }) => name);
  await waitForHosts(instance, names);
}

/** For a scenario that needs more machines than the others: they stay until the bench is taken down. */
export async function growBench(hosts: number): Promise<Bench[]> {
  const { dir: bundleDir } = await readBundle();
  const instance = await startInstance({ name: NAME, hosts, bundleDir, onProgress: say });
  const packageFile = await buildAgentPackage({ root, architecture: ARCHITECTURE });
  const known = new Set((await readHosts(instance)).map(({ metadata }) => metadata.name));
  for (const host of instance.hosts.filter(({ name }) => !known.has(name))) {
    await enrollHost({ instance, host, packageFile, labels: { [ROLE_LABEL]: host.name } });
  }
  await waitForHosts(
    instance,
    instance.hosts.map(({ name }) => name),
  );
  const benches: Bench[] = [];
  for (const { name } of instance.hosts) benches.push(await openBench(name));
  return benches;
}

/** Takes everything down. */
export const stopBench = (): Promise<void> => stopInstance(NAME, say);

/** The bench that `startBench` brought up, for scenarios on one of its hosts. */
export async function openBench(hostName: string): Promise<Bench> {
  const instance = await openInstance(NAME);
  const host = instance.hosts.find(({ name }) => name === hostName);
  if (!host) throw new Error(`instance ${NAME} has no ${hostName}`);
  return { instance, bundle: await readBundle(), host };
}

const readBundle = async (): Promise<LabBundle> => ensureLabBundle(await ensureParts({ onProgress: say }), say);
