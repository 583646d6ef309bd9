// One real agent beside the fleet: its installer, its own systemd service, Temporal's SDK behind its tunnel.
import { dirname } from 'node:path';
import { ARCHITECTURE } from '../../common/platform.ts';
import { buildAgentPackage } from '../../packaging/build-agent-package.ts';
import { enrollHost, waitForHosts } from '../../harness/hosts.ts';
import type { HostHandle, Instance } from '../../lab/index.ts';

const root = dirname(dirname(import.meta.dirname));
const CHAIN = 'BYO-BENCH';

/** Installs the agent on each host of the instance. */
export async function installAgents(instance: Instance): Promise<void> {
  const packageFile = await buildAgentPackage({ root, architecture: ARCHITECTURE });
  for (const host of instance.hosts) await enrollHost({ instance, host, packageFile, labels: {} });
  const names = instance.hosts.map(({ name }) => name);
  await waitForHosts(instance, names);
}

/** Counts every connection that the host begins towards its gateway, from now on; gives the count. */
export async function countConnections(instance: Instance, host: HostHandle): Promise<() => Promise<number>> {
  const port = instance.door.hosts.split(':')[1] ?? '';
  const rules = [
    ['-N', CHAIN],
    ['-A', CHAIN, '-p', 'tcp', '--syn', '--dport', port],
    ['-A', 'OUTPUT', '-j', CHAIN],
  ];
  for (const rule of rules) await run(host, ['iptables', '-w', ...rule]);
  return async () => {
    const listing = await run(host, ['iptables', '-w', '-nvxL', CHAIN]);
    const [, packets] = /^\s*(\d+)\s+\d+\s.*tcp.*flags/m.exec(listing) ?? [];
    if (packets === undefined) throw new Error(`no count in ${listing}`);
    return Number(packets);
  };
}

async function run(host: HostHandle, argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await host.exec(argv);
  if (exitCode !== 0) throw new Error(`on ${host.name}: ${argv.join(' ')}: ${stderr}`);
  return stdout;
}
