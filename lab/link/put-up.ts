// Devices, addresses and routes of a link: the host reaches the gateway's port through it, and nothing else. What the
// machine asks of the host from that same address (Cluster API asks the API server of a node) is answered as before.
import { z } from 'zod';
import { runChecked, runCommand } from '../spawn.ts';

/** Where a link stands. Names are those of devices; `pid` is a process in the host's network. */
export type LinkPlace = {
  /** The host's device while it still stands on this machine. */
  hostDevice: string;
  machineDevice: string;
  /** The host's address on the link; the gateway's address and port, which it reaches by it. */
  address: string;
  gateway: string;
  port: number;
};

/** Name of the device on the host. */
const DEVICE = 'link0';

/** Number of the host's routing table for it. */
const TABLE = '91';

/** As on many a tunnelled line of a provider, so that nobody counts on 1500. */
const MTU = ['mtu', '1400'];
/** Said before it is up: no IPv6 address, which the kernel would make of its own, another one each time. */
const PLAIN = ['addrgenmode', 'none'];

/**
 * Devices and addresses of the host with this index and number: 10.91.<index>.<10 + number>, as its own 10.90 address.
 * @throws Error when the host has no such address
 */
export function planLink(o: { index: number; hostAddress: string; gateway: string; port: number }): LinkPlace {
  const last = z.coerce.number().int().min(11).max(250).parse(o.hostAddress.split('.')[3]);
  const name = `byo${o.index}-${last}`;
  const address = `10.91.${o.index}.${last}`;
  return { hostDevice: `${name}h`, machineDevice: `${name}m`, address, gateway: o.gateway, port: o.port };
}

/** Does what is not done yet; to be asked again when the host has started again, whose network is then another one. */
export async function putUp(place: LinkPlace, pid: number): Promise<void> {
  const { hostDevice, machineDevice, address } = place;
  await ip('link', 'set', machineDevice, ...PLAIN);
  await ip('link', 'set', machineDevice, ...MTU, 'up');
  await ip('route', 'replace', `${address}/32`, 'dev', machineDevice);
  if (!(await hasDevice(pid))) {
    await ip('link', 'set', hostDevice, 'netns', String(pid));
    await onHost(pid, 'link', 'set', hostDevice, 'name', DEVICE);
  }
  await onHost(pid, 'link', 'set', DEVICE, ...PLAIN);
  await onHost(pid, 'link', 'set', DEVICE, ...MTU, 'up');
  await onHost(pid, 'address', 'replace', `${address}/32`, 'dev', DEVICE);
  await routeOnHost(place, pid);
}

/** A table of its own, asked for the gateway's port and for what comes from the link's address, such as a ping of a test. */
async function routeOnHost({ address, gateway, port }: LinkPlace, pid: number): Promise<void> {
  await onHost(pid, 'route', 'replace', `${gateway}/32`, 'dev', DEVICE, 'src', address, 'table', TABLE);
  const known = await onHost(pid, 'rule', 'show');
  const add = (...rule: string[]): Promise<string> => onHost(pid, 'rule', 'add', ...rule, 'lookup', TABLE);
  if (!known.includes(`from ${address} `)) await add('from', address);
  if (!known.includes(`dport ${port} `)) await add('to', gateway, 'ipproto', 'tcp', 'dport', String(port));
}

async function hasDevice(pid: number): Promise<boolean> {
  return (await runCommand([...enter(pid), 'link', 'show', 'dev', DEVICE])).exitCode === 0;
}

const enter = (pid: number): string[] => ['nsenter', '-t', String(pid), '-n', 'ip'];
const onHost = (pid: number, ...args: string[]): Promise<string> => runChecked([...enter(pid), ...args]);
const ip = (...args: string[]): Promise<string> => runChecked(['ip', ...args]);
