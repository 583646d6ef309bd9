// A machine in a test's folder: what the commands of all steps do there, kept as files, so that a comparison of two trees
// compares units, images, modules and swap as well.
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { FakeHost } from '../host/fake-host.ts';
import type { CommandResult } from '../host/host.ts';

type Answer = Partial<CommandResult> | undefined;
type Command = (machine: Machine, args: string[], input: Buffer | undefined) => Answer;

/** Files below the folder of the host, synchronously: a command is one moment. */
type Machine = {
  has(path: string): boolean;
  put(path: string, content: string): void;
  enable(unit: string): void;
  drop(path: string): void;
  read(path: string): string;
  list(path: string): string[];
};

/** What runs, a file each; nothing else of the machine stands there. */
const ACTIVE = '/systemd/active';
/** What is enabled, a link each, as systemctl makes them. */
const WANTS = '/etc/systemd/system/multi-user.target.wants';
const IMAGES = '/var/lib/containerd/images';
/** What the API server of the workload cluster would know. */
const CORDONED = '/cluster/cordoned';

/** The commands of a machine that `makeBare` has made, or that is a copy of one. */
export function playMachine(host: FakeHost): void {
  const machine = openMachine(host.root);
  host.onRun(([command = '', ...args], input) => COMMANDS[command]?.(machine, args, input));
}

/** A bare machine with swap, without the modules and settings that a node needs. */
export async function makeBare(host: FakeHost): Promise<void> {
  await host.put('/proc/filesystems', 'nodev\tproc\n');
  await host.put('/proc/modules', '');
  await host.put('/proc/swaps', `Filename\tType\tSize\tUsed\tPriority\n${SWAP}`);
  await host.put('/proc/sys/net/ipv4/ip_forward', '0\n');
  await host.put('/proc/sys/kernel/hostname', 'node-a\n');
  await host.put('/etc/issue', 'a machine\n');
  await host.put(ADDRESSES, 'eth0 192.0.2.11/24');
  for (const folder of [ACTIVE, WANTS, '/run', '/usr/local', '/var/lib'])
    mkdirSync(join(host.root, folder), { recursive: true });
}

const SWAP = '/dev/sda2\tpartition\t1024\t0\t5\n';

/** `eth0 192.0.2.11/24`, a line each. */
export const ADDRESSES = '/network/addresses';

const COMMANDS: Record<string, Command> = {
  ip,
  systemctl,
  ctr,
  kubectl,
  modprobe,
  sha256sum: (machine, [path = '']) => ({
    stdout: createHash('sha256').update(machine.read(path), 'latin1').digest('hex'),
  }),
  rmdir: (machine, args) => {
    const path = args.at(-1) ?? '';
    if (machine.list(path).length > 0) return { exitCode: 1 };
    machine.drop(path);
    return {};
  },
  swapoff: (machine) => setSwap(machine, ''),
  swapon: (machine) => setSwap(machine, SWAP),
};

function systemctl(machine: Machine, [verb = '', ...units]: string[]): Answer {
  const [unit = ''] = units;
  const marks: Record<string, () => void> = {
    enable: () => machine.enable(unit),
    disable: () => {
      for (const name of units) machine.drop(`${WANTS}/${name}`);
      if (units.includes('--now')) for (const name of units) machine.drop(`${ACTIVE}/${name}`);
    },
    start: () => machine.put(`${ACTIVE}/${unit}`, ''),
    stop: () => machine.drop(`${ACTIVE}/${unit}`),
  };
  marks[verb]?.();
  const isEnabled = machine.list(WANTS).includes(unit);
  const isActive = machine.has(`${ACTIVE}/${unit}`);
  const answers: Record<string, () => Answer> = {
    'is-active': () => (isActive ? { stdout: 'active\n' } : { exitCode: 3, stdout: 'inactive\n' }),
    show: () => ({ stdout: describeUnit(isEnabled, isActive) }),
    'list-unit-files': () => ({ stdout: machine.list(WANTS).join(' enabled\n') }),
  };
  return answers[verb]?.();
}

function describeUnit(isEnabled: boolean, isActive: boolean): string {
  const state = [`ActiveState=${isActive ? 'active' : 'inactive'}`, 'LoadState=loaded', 'NeedDaemonReload=no'];
  return [...state, `UnitFileState=${isEnabled ? 'enabled' : 'disabled'}`].join('\n');
}

function ip(machine: Machine, args: string[]): Answer {
  const lines = machine.read(ADDRESSES).split('\n').filter(Boolean);
  const [, verb, address, , link] = args;
  if (args[0] === 'address' && verb === 'delete') {
    machine.put(ADDRESSES, lines.filter((line) => line !== `${link} ${address}`).join('\n'));
    return {};
  }
  if (!args.includes('address')) return undefined;
  const links = lines.map((line) => {
    const [ifname, local, prefixlen] = line.split(/[ /]/);
    return { ifname, addr_info: [{ local, prefixlen: Number(prefixlen), scope: 'global' }] };
  });
  return { stdout: JSON.stringify(links) };
}

function ctr(machine: Machine, args: string[], input: Buffer | undefined): Answer {
  if (!machine.has(`${ACTIVE}/containerd.service`)) return { exitCode: 1, stderr: 'no containerd' };
  // The image's own name stands in the index of its archive.
  const name = /"io\.containerd\.image\.name":"([^"]+)"/.exec(input?.toString('latin1') ?? '')?.[1] ?? '';
  if (args.includes('import')) machine.put(`${IMAGES}/${encodeURIComponent(name)}`, '');
  return { stdout: args.includes('images') ? machine.list(IMAGES).map(decodeURIComponent).join('\n') : '' };
}

function kubectl(machine: Machine, args: string[]): Answer {
  if (args.includes('cordon')) machine.put(CORDONED, '');
  if (args.includes('whoami')) return { stdout: 'system:node:node-a' };
  if (args.includes('node')) return { stdout: machine.has(CORDONED) ? 'true' : '' };
  return args.includes('pods') ? { stdout: 'default\tweb\tReplicaSet\tRunning\n' } : undefined;
}

const BRIDGE = '/proc/sys/net/bridge';

function modprobe(machine: Machine, args: string[]): Answer {
  const name = args.at(-1) ?? '';
  const isRemoved = args.includes('--remove');
  const rest = machine.read('/proc/modules').replace(`${name} 1\n`, '');
  machine.put('/proc/modules', isRemoved ? rest : `${rest}${name} 1\n`);
  if (name === 'overlay') machine.put('/proc/filesystems', `nodev\tproc\n${isRemoved ? '' : 'nodev\toverlay\n'}`);
  else if (isRemoved) machine.drop(BRIDGE);
  else for (const family of ['ip', 'ip6']) machine.put(`${BRIDGE}/bridge-nf-call-${family}tables`, '0\n');
  return {};
}

function setSwap(machine: Machine, swap: string): Answer {
  machine.put('/proc/swaps', `Filename\tType\tSize\tUsed\tPriority\n${swap}`);
  return {};
}

function openMachine(root: string): Machine {
  const has = (path: string): boolean => existsSync(join(root, path));
  return {
    has,
    put: (path, content) => putNow(root, path, content),
    enable: (unit) => enableNow(root, unit),
    drop: (path) => rmSync(join(root, path), { recursive: true, force: true }),
    read: (path) => (has(path) ? readFileSync(join(root, path), 'latin1') : ''),
    list: (path) => (has(path) ? readdirSync(join(root, path)) : []),
  };
}

/** Writes a file below the root, with its folders. */
export function putNow(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** Enables a unit, as often as one likes. */
export function enableNow(root: string, unit: string): void {
  const path = join(root, WANTS, unit);
  mkdirSync(dirname(path), { recursive: true });
  if (!lstatSync(path, { throwIfNoEntry: false })) symlinkSync(`/lib/systemd/system/${unit}`, path);
}
