// Devices, addresses and routes of a link: the host reaches the gateway's address through it, and nothing else.
import { z } from 'zod';
import { runChecked, runCommand } from '../spawn.ts';

/** Where a link stands. Names are those of devices; `pid` is a process in the host's network. */
export type LinkPlace = {
  /** The host's device while it still stands on this machine. */
  hostDevice: string;
  machineDevice: string;
  /** The host's address on the link, and the gateway's, which it reaches by it. */
  address: string;
  gateway: string;
};

/** Name of the device on the host. */
export const DEVICE = 'link0';

/** As on many a tunnelled line of a provider, so that nobody counts on 1500. */
const MTU = ['mtu', '1400'];
/** Said before it is up: no IPv6 address, which the kernel would make of its own, another one each time. */
const PLAIN = ['addrgenmode', 'none'];

/**
 * Devices and addresses of the host with this index and number: 10.91.<index>.<10 + number>, as its own 10.90 address.
 * @throws Error when the host has no such address
 */
export function planLink(o: { index: number; hostAddress: string; gateway: string }): LinkPlace {
  const last = z.coerce.number().int().min(11).max(250).parse(o.hostAddress.split('.')[3]);
  const name = `byo${o.index}-${last}`;
  const address = `10.91.${o.index}.${last}`;
  return { hostDevice: `${name}h`, machineDevice: `${name}m`, address, gateway: o.gateway };
}

/** Does what is not done yet; to be asked again when the host has started again, whose network is then another one. */
export async function putUp(place: LinkPlace, pid: number): Promise<void> {
  const { hostDevice, machineDevice, address, gateway } = place;
  await ip('link', 'set', machineDevice, ...PLAIN);
  await ip('link', 'set', machineDevice, ...MTU, 'up');
  await ip('route', 'replace', `${address}/32`, 'dev', machineDevice);
  const onHost = (...args: string[]): Promise<string> =>
    runChecked(['nsenter', '-t', String(pid), '-n', 'ip', ...args]);
  if (!(await hasDevice(pid))) {
    await ip('link', 'set', hostDevice, 'netns', String(pid));
    await onHost('link', 'set', hostDevice, 'name', DEVICE);
  }
  await onHost('link', 'set', DEVICE, ...PLAIN);
  await onHost('link', 'set', DEVICE, ...MTU, 'up');
  await onHost('address', 'replace', `${address}/32`, 'dev', DEVICE);
  await onHost('route', 'replace', `${gateway}/32`, 'dev', DEVICE, 'src', address);
}

async function hasDevice(pid: number): Promise<boolean> {
  const argv = ['nsenter', '-t', String(pid), '-n', 'ip', 'link', 'show', 'dev', DEVICE];
  return (await runCommand(argv)).exitCode === 0;
}

const ip = (...args: string[]): Promise<string> => runChecked(['ip', ...args]);
