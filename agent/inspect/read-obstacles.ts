// Reads what could make a host unfit: foreign software, missing commands, taken ports, full disks, firewalls.
import type { Host } from '../host/host.ts';
import { readSELinux } from '../linux/facts.ts';
import { readZoneContents } from '../zones/read-content.ts';
import type { HostFacts } from './host-facts.ts';
import { readSpaces } from './read-space.ts';
import { CNI_CONFIG_DIRECTORY, COMMANDS, FOREIGN, PORTS } from './probes.ts';

type Obstacles = Pick<
  HostFacts,
  | 'foreignPaths'
  | 'zoneContents'
  | 'missingCommands'
  | 'usedPorts'
  | 'usrReadOnly'
  | 'spaces'
  | 'firewall'
  | 'selinux'
  | 'timeSynchronized'
>;

/** With a claim open, what stands and listens here is our own: only what the machine itself lacks counts then. */
export async function readObstacles(host: Host, hasClaim: boolean): Promise<Obstacles> {
  const timeSynchronized = await readTimeSynchronized(host);
  return {
    foreignPaths: hasClaim ? [] : await readForeignPaths(host),
    zoneContents: hasClaim ? [] : await readZoneContents(host),
    missingCommands: await readMissingCommands(host),
    usedPorts: hasClaim ? [] : await readUsedPorts(host),
    usrReadOnly: (await host.run(['test', '-w', '/usr/local'])).exitCode !== 0,
    spaces: hasClaim ? [] : await readSpaces(host),
    firewall: await readFirewall(host),
    selinux: await readSELinux(host),
    ...(timeSynchronized === undefined ? {} : { timeSynchronized }),
  };
}

async function readForeignPaths(host: Host): Promise<string[]> {
  const found: string[] = [];
  for (const { paths } of FOREIGN) {
    for (const path of paths) if (await host.stat(path)) found.push(path);
  }
  const configurations = (await host.list(CNI_CONFIG_DIRECTORY)).filter((name) => /\.(conf|conflist|json)$/.test(name));
  return [...found, ...configurations.map((name) => `${CNI_CONFIG_DIRECTORY}/${name}`)];
}

async function readMissingCommands(host: Host): Promise<string[]> {
  const script = 'for name; do command -v "$name" >/dev/null || echo "$name"; done';
  const { stdout } = await host.run(['sh', '-c', script, 'sh', ...COMMANDS]);
  return stdout.split('\n').filter((name) => name !== '');
}

async function readUsedPorts(host: Host): Promise<number[]> {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'];
  const texts = await Promise.all(tables.map(async (path) => (await host.readFile(path))?.toString('latin1') ?? ''));
  const listening = new Set(texts.flatMap(parseListeningPorts));
  return PORTS.filter((port) => listening.has(port));
}

/** proc(5), /proc/net/tcp: second column is address:port in hex, fourth the state, 0A is LISTEN. */
export function parseListeningPorts(table: string): number[] {
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === '0A')
    .map((columns) => Number.parseInt(columns[1]?.split(':')[1] ?? '0', 16));
}

/** Ours to look at, never to change: a firewall that we opened or stopped would be somebody's hole. */
async function readFirewall(host: Host): Promise<HostFacts['firewall']> {
  if ((await host.run(['systemctl', 'is-active', 'firewalld.service'])).exitCode !== 0) return 'none';
  return (await host.run(['firewall-cmd', '--query-port=10250/tcp'])).exitCode === 0 ? 'open' : 'closed';
}

async function readTimeSynchronized(host: Host): Promise<boolean | undefined> {
  const { exitCode, stdout } = await host.run(['timedatectl', 'show', '--property=NTPSynchronized', '--value']);
  return exitCode === 0 ? stdout.trim() === 'yes' : undefined;
}
