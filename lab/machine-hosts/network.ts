// The network of an instance whose hosts are machines: one bridge with the gateway's address, one tap for each host.
import { runChecked, runCommand } from '../spawn.ts';
import type { HostRecord, InstanceRecord } from '../state.ts';

const last = ({ address }: HostRecord): number => Number(address.split('.')[3]);
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Names of the bridge and of a host's tap (15 characters at most), and the host's hardware address; pure. */
export function planNetwork({ index }: Pick<InstanceRecord, 'index'>): {
  bridge: string;
  tap: (host: HostRecord) => string;
  mac: (host: HostRecord) => string;
} {
  return {
    bridge: `byom${index}`,
    tap: (host) => `byom${index}h${last(host)}`,
    // 02: an address that nobody bought.
    mac: (host) => `02:62:79:6f:${hex(index)}:${hex(last(host))}`,
  };
}

const ip = (...args: string[]): Promise<string> => runChecked(['ip', ...args]);

/** Bridge and taps, as far as they are not there. */
export async function ensureMachineNetwork(record: InstanceRecord): Promise<string> {
  const { bridge, tap } = planNetwork(record);
  await ensureLink(bridge, ['type', 'bridge', 'forward_delay', '0']);
  await ip('address', 'replace', `${record.gateway}/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  for (const host of record.hosts) {
    if (!(await hasLink(tap(host)))) await ip('tuntap', 'add', tap(host), 'mode', 'tap');
    await ip('link', 'set', tap(host), 'master', bridge, 'up');
  }
  return bridge;
}

/** All of it away. Silent when nothing is there. */
export async function removeMachineNetwork(record: InstanceRecord): Promise<void> {
  const { bridge, tap } = planNetwork(record);
  for (const name of [...record.hosts.map(tap), bridge]) if (await hasLink(name)) await ip('link', 'delete', name);
}

async function ensureLink(name: string, kind: string[]): Promise<void> {
  if (!(await hasLink(name))) await ip('link', 'add', name, ...kind);
}

async function hasLink(name: string): Promise<boolean> {
  return (await runCommand(['ip', 'link', 'show', 'dev', name])).exitCode === 0;
}
