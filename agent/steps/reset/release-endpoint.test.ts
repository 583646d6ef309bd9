import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Baseline } from '../../baseline/baseline.ts';
import { closeWorlds, NO_NOTES, openWorld, type StepWorld } from '../../testing/step-world.ts';
import { createResetPlan } from './plan.ts';
import { createReleaseEndpoint, createReleaseOrderedEndpoint } from './release-endpoint.ts';

afterEach(closeWorlds);

const input = { skipEtcdMemberRemoval: true, endpoint: { host: '192.0.2.100', port: 6443 } };
const before: Baseline = { address: ['eth0 192.0.2.11/24'], leased: [], holder: [], unit: [] };
const CONFIG = '/etc/keepalived/keepalived.conf';

type Machine = { addresses: Set<string>; active: Set<string>; running: Set<string> };

/** Commands of a machine that holds the endpoint, in the order in which they change it. */
function play(world: StepWorld, machine: Machine): string[][] {
  const changes: string[][] = [];
  world.host.onRun((argv) => {
    if (argv[0] === 'rm') rmSync(join(world.host.root, argv.at(-1) ?? ''));
    const answer = answerTo(argv, machine);
    if (answer.changes) changes.push(argv);
    return answer.result;
  });
  return changes;
}

type Answer = { result: { exitCode?: number; stdout?: string }; changes?: boolean };

function answerTo([command = '', ...args]: string[], machine: Machine): Answer {
  if (command === 'ip') return answerAddresses(args, machine);
  if (command === 'systemctl') return answerUnits(args, machine);
  return command === 'ctr' ? answerContainerd(args, machine) : { result: {} };
}

function answerAddresses(args: string[], machine: Machine): Answer {
  if (args[0] === '-j') return { result: { stdout: describeLinks(machine) } };
  machine.addresses.delete(`${args[4]} ${args[2]}`);
  return { result: {}, changes: args[1] === 'delete' };
}

function answerUnits([verb, unit = '']: string[], { active }: Machine): Answer {
  if (verb !== 'show') return { result: {}, changes: active.delete(unit) || verb === 'disable' };
  const state = active.has(unit) ? ['active', 'enabled'] : ['inactive', ''];
  return { result: { stdout: `ActiveState=${state[0]}\nUnitFileState=${state[1]}` } };
}

function answerContainerd(args: string[], { running }: Machine): Answer {
  if (args.includes('list')) return { result: { stdout: [...running].join('\n') } };
  running.delete(args.at(-1) ?? '');
  return { result: {}, changes: true };
}

function describeLinks({ addresses }: Machine): string {
  const lines = [...addresses].map((line) => line.split(/[ /]/));
  return JSON.stringify(
    lines.map(([ifname, local, prefixlen]) => ({ ifname, addr_info: [{ local, prefixlen: Number(prefixlen) }] })),
  );
}

const machineWith = (more: Partial<Machine> = {}): Machine => ({
  addresses: new Set(['eth0 192.0.2.11/24', 'lo 192.0.2.100/32', 'eth0 192.0.2.100/24']),
  active: new Set(),
  running: new Set(),
  ...more,
});

const step = createReleaseEndpoint({ readBaseline: () => before, ...NO_NOTES });

test('keepalived is stopped before its address goes from every link; the host keeps its own', async () => {
  const world = await openWorld('reset');
  await world.host.put(CONFIG, 'virtual_ipaddress { 192.0.2.100/24 }');
  const machine = machineWith({ active: new Set(['keepalived.service']) });
  const changes = play(world, machine);
  expect(await step.look(world.context, input)).toBe(false);
  await step.act(world.context, input);
  expect(changes.map((argv) => argv.slice(0, 4).join(' '))).toEqual([
    'systemctl stop keepalived.service',
    'systemctl disable keepalived.service',
    'ip address delete 192.0.2.100/32',
    'ip address delete 192.0.2.100/24',
  ]);
  expect([...machine.addresses]).toEqual(['eth0 192.0.2.11/24']);
  expect(await step.look(world.context, input)).toBe(true);
  expect(world.reports.map(({ message }) => message)).toContain(
    '192.0.2.100 is taken off lo: it is the endpoint of the cluster',
  );
});

test('a static pod: kubelet, then its container, then its manifest, and the address last', async () => {
  const world = await openWorld('reset');
  await world.host.put('/etc/kubernetes/manifests/vip.yaml', 'metadata: {name: kube-vip}\nimage: kube-vip');
  const changes = play(world, machineWith({ running: new Set(['c1']) }));
  await step.act(world.context, input);
  const order = world.host.commands.map((argv) => argv.join(' '));
  const deeds = [
    'stop kubelet',
    'tasks kill --signal SIGTERM c1',
    'rm --force -- /etc/kubernetes',
    'ip address delete',
  ];
  const places = deeds.map((deed) => order.findIndex((line) => line.includes(deed)));
  expect(places[0]).toBeGreaterThanOrEqual(0);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(changes.length).toBeGreaterThan(0);
});

test('the endpoint is the host’s own address: nothing is done at all', async () => {
  const world = await openWorld('reset');
  const changes = play(world, machineWith({ addresses: new Set(['eth0 192.0.2.11/24']) }));
  const own = { ...input, endpoint: { host: '192.0.2.11', port: 6443 } };
  expect(await step.look(world.context, own)).toBe(true);
  await step.act(world.context, own);
  expect(changes).toEqual([]);
});

test('what the owner ran before the claim is not stopped; while it puts the address back, the reset says so', async () => {
  const world = await openWorld('reset');
  await world.host.put(CONFIG, '192.0.2.100');
  const machine = machineWith({ active: new Set(['keepalived.service']) });
  const sticky = { ...machine, addresses: new Set(machine.addresses) };
  sticky.addresses.delete = () => false;
  const changes = play(world, sticky);
  const owned = createReleaseEndpoint({
    readBaseline: () => ({ ...before, holder: ['keepalived.service'] }),
    ...NO_NOTES,
  });
  await expect(owned.act(world.context, input)).rejects.toMatchObject({
    reason: 'ResetBlocked',
    retryable: true,
    message: expect.stringMatching(/192\.0\.2\.100 on lo.*keepalived\.service, which ran here before the claim/),
  });
  expect(changes.filter(([command]) => command === 'systemctl')).toEqual([]);
});

test('without an endpoint in the order (an older controller) the kubeconfigs of the host name it', async () => {
  const world = await openWorld('reset');
  await world.host.put('/etc/kubernetes/admin.conf', 'clusters: [{cluster: {server: "https://192.0.2.100:6443"}}]');
  const machine = machineWith();
  play(world, machine);
  await step.act(world.context, {});
  expect([...machine.addresses]).toEqual(['eth0 192.0.2.11/24']);
});

test('a drain lets go of what its order names and keeps nobody; without a name it is no farewell', async () => {
  const world = await openWorld('drain');
  await world.host.put('/etc/kubernetes/admin.conf', 'clusters: [{cluster: {server: "https://192.0.2.100:6443"}}]');
  const machine = machineWith();
  play(world, machine);
  const drain = { evict: false, timeoutSeconds: 0 };
  const release = createReleaseOrderedEndpoint({ readBaseline: () => before, ...NO_NOTES });
  expect(await release.look(world.context, drain)).toBe(true);
  const sticky = vi.spyOn(machine.addresses, 'delete').mockReturnValue(false);
  await release.act(world.context, { ...drain, endpoint: input.endpoint });
  expect(world.reports.at(-1)?.message).toContain('192.0.2.100 on lo');
  sticky.mockRestore();
  await release.act(world.context, { ...drain, endpoint: input.endpoint });
  expect([...machine.addresses]).toEqual(['eth0 192.0.2.11/24']);
});

test('a name goes by what the host can resolve, and only where it carries that', async () => {
  const world = await openWorld('reset');
  const machine = machineWith();
  const changes = play(world, machine);
  world.host.onRun((argv) =>
    argv.includes('getent') ? { stdout: '192.0.2.100 STREAM api\n192.0.2.101 DGRAM\n' } : undefined,
  );
  await step.act(world.context, { ...input, endpoint: { host: 'api.example', port: 6443 } });
  expect(changes.map((argv) => argv[3])).toEqual(['192.0.2.100/32', '192.0.2.100/24']);
});

test('what came back meanwhile goes at the end of the reset as well', async () => {
  const world = await openWorld('reset');
  const machine = machineWith();
  play(world, machine);
  const compare = createResetPlan({ readBaseline: () => ({ ...before }), hasWorked: () => true, ...NO_NOTES }).steps.at(
    -1,
  );
  await compare?.act(world.context, input);
  expect([...machine.addresses]).toEqual(['eth0 192.0.2.11/24']);
});
