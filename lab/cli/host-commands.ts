// Commands about single hosts: run things in them, and every kind of bad luck a machine can have.
import type { Command } from 'commander';
import type { HostHandle } from '../host-handle.ts';
import { openInstance } from '../index.ts';
import { instanceOption } from './instance-option.ts';
import { print, renderTable, say } from './output.ts';

type OnInstance = { instance: string };

/** What `lab VERB HOST…` does, verb by verb. */
const DEEDS: [verb: string, description: string, act: (host: HostHandle) => Promise<void>][] = [
  ['reboot', 'shut down cleanly and start again', async (host) => host.reboot()],
  ['kill', 'pull the plug: every process gone at once', async (host) => host.kill()],
  ['stop', 'shut down cleanly', async (host) => host.stop()],
  ['start', 'power on, wait until booted', async (host) => host.start()],
  ['pause', 'freeze every process, as a machine that hangs', async (host) => host.pause()],
  ['unpause', 'let it go on', async (host) => host.unpause()],
  ['rm', 'gone for ever with its disks; `up` makes a new, empty one', async (host) => host.remove()],
];

/** Add them to the program. */
export function addHostCommands(program: Command): void {
  addHosts(program);
  addExec(program);
  addCopy(program);
  for (const [verb, description, act] of DEEDS) {
    program
      .command(verb)
      .description(description)
      .argument('<hosts...>', 'host1, host2, …')
      .addOption(instanceOption())
      .action(async (names: string[], { instance }: OnInstance) => {
        const hosts = await findHosts(instance, names);
        for (const host of hosts) {
          await act(host);
          say(`${host.name}: ${(await host.state()) ?? 'gone'}`);
        }
      });
  }
}

function addHosts(program: Command): void {
  program
    .command('hosts')
    .description('the hosts, their addresses and states')
    .addOption(instanceOption())
    .option('--json', 'for programs')
    .action(async ({ instance, json }: OnInstance & { json?: boolean }) => {
      const { hosts } = await openInstance(instance);
      const seen = await Promise.all(hosts.map(lookAt));
      const rows = seen.map(({ name, hostname, address, state }) => [name, hostname, address, state]);
      const table = renderTable([['HOST', 'HOSTNAME', 'ADDRESS', 'STATE'], ...rows]);
      print(json === true ? JSON.stringify(seen, null, 2) : table);
    });
}

async function lookAt(host: HostHandle): Promise<{ name: string; hostname: string; address: string; state: string }> {
  const { name, hostname, address } = host;
  return { name, hostname, address, state: (await host.state()) ?? 'gone' };
}

function addExec(program: Command): void {
  program
    .command('exec')
    .description('run a command on a host, with your terminal; without a command, a shell')
    .argument('<host>')
    .argument('[command...]')
    .addOption(instanceOption())
    .passThroughOptions()
    .action(async (name: string, command: string[], { instance }: OnInstance) => {
      const [host] = await findHosts(instance, [name]);
      const argv = command[0] === '--' ? command.slice(1) : command;
      process.exitCode = await host?.attach(argv.length > 0 ? argv : ['bash', '-l']);
    });
}

function addCopy(program: Command): void {
  program
    .command('cp')
    .description('copy a file or folder to a host')
    .argument('<from>', 'path on this machine')
    .argument('<to>', 'HOST:PATH')
    .addOption(instanceOption())
    .action(async (from: string, to: string, { instance }: OnInstance) => {
      const match = /^([^:]+):(\/.*)$/.exec(to);
      if (!match?.[1] || !match[2]) throw new Error(`not HOST:/PATH: ${to}`);
      const [host] = await findHosts(instance, [match[1]]);
      await host?.copyIn(from, match[2]);
    });
}

/** The hosts of these names. @throws Error naming those that there are */
export async function findHosts(instance: string, names: string[]): Promise<HostHandle[]> {
  const { hosts } = await openInstance(instance);
  return names.map((name) => {
    const host = hosts.find((candidate) => candidate.name === name || candidate.hostname === name);
    if (!host)
      throw new Error(`${instance} has no host ${name}, only ${hosts.map((h) => h.name).join(', ') || 'none'}`);
    return host;
  });
}
