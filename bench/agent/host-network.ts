// The network of one host of the lab: programs of this machine run in it, and its link to the gateway is cut in it.
import { execa } from 'execa';
import type { HostHandle, Instance } from '../../lab/index.ts';
import { runChecked } from '../../lab/spawn.ts';

/** A program in the network of a host, with the files of this machine; ends with its standard input. */
export type Guest = { end: () => Promise<void> };

export async function runInNetworkOf(instance: Instance, host: HostHandle, argv: string[]): Promise<Guest> {
  const env = instance.parts.podmanEnvironment;
  const pid = await runChecked(['podman', 'inspect', '-f', '{{.State.Pid}}', host.hostname], { env });
  const child = execa('nsenter', ['-t', pid.trim(), '-n', ...argv], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'inherit',
    reject: false,
  });
  return {
    end: async () => {
      child.stdin.end();
      await child;
    },
  };
}

/** Drops everything between the host and its gateway, without a word to either. */
export async function cutLink(instance: Instance, host: HostHandle): Promise<void> {
  for (const rule of rulesOf(instance)) await run(host, ['iptables', '-w', '-I', ...rule]);
}

export async function healLink(instance: Instance, host: HostHandle): Promise<void> {
  for (const rule of rulesOf(instance)) await run(host, ['iptables', '-w', '-D', ...rule]);
}

function rulesOf({ door }: Instance): string[][] {
  const port = door.hosts.split(':')[1] ?? '';
  return [
    ['OUTPUT', '-p', 'tcp', '--dport', port, '-j', 'DROP'],
    ['INPUT', '-p', 'tcp', '--sport', port, '-j', 'DROP'],
  ];
}

async function run(host: HostHandle, argv: string[]): Promise<void> {
  const { exitCode, stderr } = await host.exec(argv);
  if (exitCode !== 0) throw new Error(`on ${host.name}: ${argv.join(' ')}: ${stderr}`);
}
