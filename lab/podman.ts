// Podman for one instance: its network, and questions about what is there. All of it carries the instance's label.
import { z } from 'zod';
import { runChecked, runCommand } from './spawn.ts';
import type { CommandOptions, CommandResult } from './spawn.ts';
import { waitFor } from './wait.ts';

/** `environment` is what keeps the lab's containers out of the machine's own podman. */
export type Podman = {
  environment: Record<string, string>;
  /** Run podman; any exit code is an answer. */
  ask(args: string[], options?: CommandOptions): Promise<CommandResult>;
  /** Run podman and give its output. Throws CommandFailed. */
  run(args: string[], options?: CommandOptions): Promise<string>;
};

/** Label on every container, volume and network of an instance; its value is the instance's name. */
export const INSTANCE_LABEL = 'byo-lab.instance';

/** Podman with the lab's own store, network definitions and settings. */
export function openPodman(environment: Record<string, string>): Podman {
  const withEnvironment = (options: CommandOptions = {}) => ({ ...options, env: { ...environment, ...options.env } });
  return {
    environment,
    ask: async (args, options) => runCommand(['podman', ...args], withEnvironment(options)),
    run: async (args, options) => runChecked(['podman', ...args], withEnvironment(options)),
  };
}

/** State of a container in podman's words (`running`, `exited`, `paused`, …); undefined when there is none. */
export async function inspectState(podman: Podman, container: string): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await podman.ask(['container', 'inspect', '-f', '{{.State.Status}}', container]);
  if (exitCode === 0) return stdout.trim();
  if (/no such container/i.test(stderr)) return undefined;
  throw new Error(`podman cannot look at ${container}: ${stderr.trim()}`);
}

const networkDefinition = z.array(z.object({ network_interface: z.string() })).length(1);

/** Make the network of an instance and give the name of its bridge. The bridge itself exists while a host runs. */
export async function ensureNetwork(
  podman: Podman,
  o: { instance: string; network: string; subnet: string; gateway: string },
): Promise<string> {
  if ((await podman.ask(['network', 'exists', o.network])).exitCode !== 0) {
    const label = `${INSTANCE_LABEL}=${o.instance}`;
    const addresses = ['--subnet', o.subnet, '--gateway', o.gateway];
    await podman.run(['network', 'create', '--disable-dns', '--label', label, ...addresses, o.network]);
  }
  const [definition] = networkDefinition.parse(JSON.parse(await podman.run(['network', 'inspect', o.network])));
  if (!definition) throw new Error(`podman tells nothing of the network ${o.network}`);
  return definition.network_interface;
}

/** Remove every container, volume and network with the instance's label. Silent when nothing is there. */
export async function removeEverything(podman: Podman, instance: string): Promise<void> {
  const filter = ['--filter', `label=${INSTANCE_LABEL}=${instance}`];
  const list = async (args: string[]): Promise<string[]> =>
    (await podman.run([...args, ...filter])).split('\n').filter((name) => name !== '');
  const gone = async (): Promise<string | undefined> => {
    for (const container of await list(['ps', '-a', '--external=false', '--format', '{{.Names}}'])) {
      await podman.run(['rm', '-f', '-v', '-t', '0', container], { timeoutMs: 120_000 });
    }
    for (const volume of await list(['volume', 'ls', '--format', '{{.Name}}'])) {
      await podman.run(['volume', 'rm', '-f', volume]);
    }
    for (const network of await list(['network', 'ls', '--format', '{{.Name}}'])) {
      await podman.run(['network', 'rm', '-f', network]);
    }
    return undefined;
  };
  // A container that is just being started by a dying `up` can hold its volume for a moment.
  await waitFor(`containers, volumes and network of ${instance} removed`, gone, { timeoutMs: 120_000, everyMs: 500 });
}
