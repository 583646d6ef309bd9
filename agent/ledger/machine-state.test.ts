import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { openJournal, type Journal } from '../journal/journal.ts';
import type { Ledger } from './ledger.ts';
import { createLedger } from './machine-ledger.ts';

let host: FakeHost;
let folder: string;
let journal: Journal;
let ledger: Ledger;

beforeEach(async () => {
  host = await createFakeHost();
  folder = await mkdtemp(join(tmpdir(), 'byo-ledger-'));
  journal = openJournal(join(folder, 'journal.db'));
  ledger = createLedger({ journal, host, claim: { incarnation: 'a', generation: 1 } });
});

afterEach(async () => {
  journal.close();
  await host.remove();
  await rm(folder, { recursive: true, force: true });
});

const SWAPS = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';
const said = (): string[] => host.commands.map((argv) => argv.join(' '));

test('a sysctl goes back to its first value', async () => {
  await host.put('/proc/sys/net/ipv4/ip_forward', '0\n');
  await host.put('/proc/sys/net/ipv4/ip_local_port_range', '32768\t60999\n');
  await ledger.setSysctl('net.ipv4.ip_forward', '1');
  await ledger.setSysctl('net.ipv4.ip_forward', '2');
  await ledger.setSysctl('net.ipv4.ip_local_port_range', '32768 60999');
  expect(journal.listChanges({ incarnation: 'a', generation: 1 })).toHaveLength(1);
  await expect(ledger.setSysctl('net.bridge.bridge-nf-call-iptables', '1')).rejects.toMatchObject({ retryable: true });
  expect(await ledger.undoAll()).toEqual([]);
  expect(await readFile(join(host.root, 'proc/sys/net/ipv4/ip_forward'), 'utf8')).toBe('0\n');
});

test('a module that is there is left alone; one that cannot be had is named', async () => {
  await host.put('/sys/module/br_netfilter/refcnt', '0');
  await ledger.loadModule('br-netfilter');
  expect(host.commands).toEqual([]);
  host.onRun((argv) =>
    argv.includes('nonesuch') ? { exitCode: 1, stderr: 'FATAL: Module nonesuch not found' } : undefined,
  );
  await expect(ledger.loadModule('nonesuch')).rejects.toMatchObject({ reason: 'HostUnfit' });
  await ledger.loadModule('overlay');
  await host.put('/proc/modules', 'overlay 1234 0 - Live 0x0\n');
  expect(await ledger.undoAll()).toEqual([]);
  expect(said()).toEqual([
    'modprobe -- nonesuch',
    'modprobe -- overlay',
    'modprobe --remove -- overlay',
    'systemctl daemon-reload',
  ]);
});

test('a module that somebody uses by now stays loaded, and holds no reset up; any other problem is told', async () => {
  for (const name of ['overlay', 'bent']) await ledger.loadModule(name);
  await host.put('/proc/modules', 'overlay 1 2 - Live 0x0\nbent 1 0 - Live 0x0\n');
  host.onRun((argv) => {
    if (!argv.includes('--remove')) return undefined;
    const why = argv.includes('overlay') ? 'Module overlay is in use.' : 'Operation not permitted';
    return { exitCode: 1, stderr: `modprobe: FATAL: ${why}` };
  });
  expect(await ledger.undoAll()).toMatchObject([{ path: 'bent', problem: /not permitted/ }]);
});

test('swap is turned off and on again with its priority', async () => {
  await host.put('/proc/swaps', `${SWAPS}/dev/sda2 partition 1 0 -2\n/swap\\040file file 1 0 5\n`);
  await ledger.disableSwap();
  await host.put('/proc/swaps', SWAPS);
  await ledger.disableSwap();
  expect(await ledger.undoAll()).toEqual([]);
  expect(said()).toEqual([
    'swapoff -- /dev/sda2',
    'swapoff -- /swap file',
    'swapon --priority 5 -- /swap file',
    'swapon -- /dev/sda2',
    'systemctl daemon-reload',
  ]);
});

test('a unit that was neither enabled nor active is stopped and disabled', async () => {
  host.onRun(([, verb]) =>
    verb === 'show' ? { stdout: 'UnitFileState=disabled\nActiveState=inactive\n' } : undefined,
  );
  await ledger.enableUnit('kubelet.service', { start: true });
  expect(said().slice(1)).toEqual(['systemctl enable kubelet.service', 'systemctl start kubelet.service']);
  host.commands.length = 0;
  expect(await ledger.undoAll()).toEqual([]);
  expect(said()).toEqual([
    'systemctl stop kubelet.service',
    'systemctl reset-failed kubelet.service',
    'systemctl disable kubelet.service',
    'systemctl daemon-reload',
  ]);
});

test('a unit that was enabled and active stays so', async () => {
  host.onRun(([, verb]) => (verb === 'show' ? { stdout: 'UnitFileState=enabled\nActiveState=active\n' } : undefined));
  await ledger.enableUnit('chrony.service', { start: true });
  host.commands.length = 0;
  expect(await ledger.undoAll()).toEqual([]);
  expect(said()).toEqual(['systemctl daemon-reload']);
});

test('a unit of which systemd does not tell is not changed: what it was could not be put back', async () => {
  host.onRun(([, verb]) => (verb === 'show' ? { exitCode: 1, stderr: 'Connection timed out' } : undefined));
  const enabling = ledger.enableUnit('chrony.service', { start: true });
  await expect(enabling).rejects.toMatchObject({ reason: 'StepFailed', retryable: true });
  expect(journal.listChanges({ incarnation: 'a', generation: 1 })).toEqual([]);
});

test('what systemd refuses is a problem, and stays recorded', async () => {
  await ledger.enableUnit('a.service', { start: false });
  host.onRun(([, verb]) => (verb === 'stop' ? { exitCode: 1, stderr: 'Job for a.service canceled.' } : undefined));
  expect(await ledger.undoAll()).toEqual([
    { path: 'a.service', problem: 'it does not stop: Job for a.service canceled.' },
  ]);
  expect(journal.listChanges({ incarnation: 'a', generation: 1 })).toHaveLength(1);
});
