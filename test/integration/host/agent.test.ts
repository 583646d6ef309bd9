// The agent's whole road on a real systemd machine: package, report, install, join cut by kill -9, reset; and what it leaves.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROTOCOL } from '../../../agent/report/host-reporter.ts';
import { INSTALL_STEPS } from '../../../api/steps.ts';
import { kubeOf } from '../../../harness/machines.ts';
import { armHost, disarmHost, readPoints } from '../../faults/every-write/armed-host.ts';
import { stepsIn } from '../../faults/every-write/name-write.ts';
import {
  giveOrder,
  installWish,
  openAgentWorld,
  readRenewTime,
  readResourceVersion,
  waitForReport,
  type AgentWorld,
  type Wish,
} from './agent-world.ts';
import { joinWish, LIST_PROVIDER_IDS, TOKEN } from './bootstrap-document.ts';
import { readJournal } from './journal.ts';
import { compareListings, KEPT, LEFT_BY_PODS, listMachine } from './machine-listing.ts';
import { BINDING, FOREIGN, FOREIGN_NAMES, FOREIGN_STANDS, PODS, TAKE_FOREIGN_AWAY } from './machine-listing.ts';
import { runOn } from './run-on.ts';
import { spendCertificate, waitForRenewal } from '../../support/spent-certificate.ts';

let world: AgentWorld;
let untouched: string[];
let withAgent: string[];

beforeAll(async () => {
  world = await openAgentWorld({
    beforeAgent: async (host) => {
      untouched = await listMachine(host);
    },
  });
  withAgent = await listMachine(world.host);
});

afterAll(() => world.close());

const run = (command: string): Promise<string> => runOn(world.host, command);
const differences = async (before: string[], but?: RegExp) =>
  compareListings(before, await listMachine(world.host), but);

const carryOut = async (wish: Wish) => (await giveOrder(world, wish)).result;

test('a bare machine is reported as fit, with its facts, and renews its Lease', async () => {
  const report = await waitForReport(world, () => true);
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({ osID: 'debian', generation: 0, protocol: PROTOCOL });
  expect(report.network?.find(({ isDefault }) => isDefault)?.ipAddrs?.[0]).toContain(world.host.address);
});

test('the unit is up, in its memory, and the host can be inspected by hand', async () => {
  expect(await run('systemctl is-active byo-agent; byo-agent inspect')).toContain('This host can be claimed');
  const resident = Number(await run('ps -o rss= -p $(systemctl show -p MainPID --value byo-agent)')) / 1024;
  process.stdout.write(`  the agent takes ${Math.round(resident)} MiB\n`);
  expect(resident).toBeLessThan(192);
});

test('told to stop, it ends by itself, before systemd would kill it, and starts again', async () => {
  await run('systemctl stop byo-agent');
  // `timeout` if it was killed after TimeoutStopSec.
  expect(await run('systemctl show -p Result --value byo-agent; systemctl start byo-agent')).toBe('success');
});

test('an order whose envelope was altered is refused, for good', async () => {
  const altered = { ...installWish(world), operation: 'install/v9.9.9' };
  const { result } = await giveOrder(world, { ...altered, operation: 'reset' });
  await expect(result).rejects.toMatchObject({ cause: { type: 'InvalidOrder', nonRetryable: true } });
});

test('install, its agent killed after every write of a step: from bare to an enabled kubelet', async () => {
  // Every write of a whole life is test/faults/plugs/killed.test.ts: each death inside UnpackBinaries unpacks all of it again.
  await armHost(world.host, { deed: 'kill', points: /^after steps / });
  const result = await carryOut(installWish(world));
  const points = await readPoints(world.host);
  await disarmHost(world.host);
  process.stdout.write(`  the agent was killed ${points.length} times\n`);
  expect(stepsIn(points)).toEqual(new Set(INSTALL_STEPS));
  expect(result).toMatchObject({ operation: installWish(world).operation, generation: 1 });
  expect(await run('systemctl is-active containerd; systemctl is-enabled kubelet')).toBe('active\nenabled');
  const report = await waitForReport(world, ({ operation }) => operation?.state === 'Succeeded');
  expect(report).toMatchObject({ generation: 1, openClaim: { incarnation: 'world' }, findings: [] });
});

test('the same order again is answered from the journal, where nothing changes', async () => {
  const before = await readJournal(world.host);
  await carryOut(installWish(world));
  expect(await readJournal(world.host)).toEqual(before);
});

test('join: alone on its host and killed while kubeadm runs, the agent renews a spent certificate, and kubeadm runs once', async () => {
  const hold = ['touch /run/held; while [ ! -e /run/go ]; do sleep 0.1; done; echo ran >> /root/runs'];
  // So long a heartbeat that only the agent's next life can have given the order back.
  const { result } = await giveOrder(world, joinWish({ hostID: world.hostID, before: hold }), {
    heartbeatSeconds: 600,
  });
  await expect
    .poll(() => world.host.exec(['test', '-e', '/run/held']), { timeout: 60_000 })
    .toMatchObject({ exitCode: 0 });
  const beside = { ...installWish(world), operation: 'install/v0.0.1' };
  const busy = await giveOrder(world, beside, { attempts: 1 });
  await expect(busy.result).rejects.toMatchObject({ cause: { type: 'HostBusy', nonRetryable: false } });
  const before = await run('systemctl show -p MainPID --value byo-agent');
  const spent = await spendCertificate(world, kubeOf(world.instance));
  await run('kill -9 $(systemctl show -p MainPID --value byo-agent)');
  await waitForRenewal(world, spent);
  await run('touch /run/go');
  await result;
  expect(await run('systemctl show -p MainPID --value byo-agent')).not.toBe(before);
  expect(await run('cat /root/runs')).toBe('ran');
  expect(await run(LIST_PROVIDER_IDS)).toBe(`byoh://${world.hostID}/1`);
});

test('no secret of the document stays on the host, in its log or in the report', async () => {
  const places = '/etc /run /tmp /root /var/lib/byo-agent /var/log';
  const search = (word: string) => run(`grep -rlaF --exclude-dir=containerd ${word} ${places} || true`);
  expect(await search(TOKEN)).toBe('');
  await run('echo planted-canary > /run/canary');
  expect(await search('planted-canary')).toBe('/run/canary');
  expect(await run(`journalctl --no-pager | grep -cF ${TOKEN} || true`)).toBe('0');
});

const reset = (operation = 'reset') =>
  ({ verb: 'reset', operation, arguments: { skipEtcdMemberRemoval: false } }) as const;

test('reset: a machine that differs in nothing, though pods left links, rules, routes and namespaces', async () => {
  await run(`rm /root/runs /run/canary; ${LEFT_BY_PODS}`);
  await carryOut(reset());
  const report = await waitForReport(world, ({ openClaim }) => openClaim === undefined);
  expect(report).toMatchObject({ findings: [], operation: { state: 'Succeeded' } });
  expect(report.quarantine).toBeUndefined();
  expect(await differences(withAgent, KEPT)).toEqual([]);
  await expect(carryOut(installWish(world))).rejects.toMatchObject({ cause: { type: 'ClaimConflict' } });
});

test('while nothing happens, the Lease is renewed and nothing else is written', async () => {
  await waitForReport(world, ({ operation }) => operation?.state !== 'Running');
  const [version, renewal] = [await readResourceVersion(world), await readRenewTime(world)];
  // The facts are read again at the same pace as the Lease is renewed.
  await expect.poll(() => readRenewTime(world), { timeout: 90_000, interval: 1000 }).not.toBe(renewal);
  expect(await readResourceVersion(world)).toBe(version);
});

const second = { generation: 2, incarnation: 'second' };

test('what still leads into the cluster is named, what is its owner’s is told; the host says so also after a restart', async () => {
  // The first order of a claim takes its baseline, whatever becomes of the order.
  const refused = joinWish({ hostID: world.hostID, generation: 2, format: 'ignition' });
  await expect(carryOut({ ...refused, ...second })).rejects.toMatchObject({ cause: { type: 'BootstrapDataInvalid' } });
  await run(`${LEFT_BY_PODS}\n${FOREIGN}\n${BINDING}`);
  await expect(carryOut({ ...reset(), ...second, arguments: PODS })).rejects.toMatchObject({
    cause: { type: 'NotClean' },
  });
  await run(`${FOREIGN_STANDS}; ip link show podnet0; systemctl restart byo-agent`);
  const { notes } = await waitForReport(world, ({ quarantine }) => /: link podnet0\./.test(quarantine?.message ?? ''));
  for (const name of FOREIGN_NAMES) expect(notes?.join('\n')).toContain(name);
});

test('a foreign mount inside a zone blocks, nothing below it is touched, without it the reset ends by itself', async () => {
  const mount = 'mkdir -p /var/lib/etcd/disk; mount -t tmpfs none /var/lib/etcd/disk; touch /var/lib/etcd/disk/a';
  await run(`${TAKE_FOREIGN_AWAY}\nip link del podnet0\n${mount}`);
  const { result } = await giveOrder(world, { ...reset('reset#1'), ...second });
  const { quarantine } = await waitForReport(world, (report) => report.quarantine?.reason === 'ResetBlocked');
  expect(quarantine?.message).toContain('/var/lib/etcd/disk');
  await run('test -e /var/lib/etcd/disk/a && umount /var/lib/etcd/disk');
  await result;
  expect((await waitForReport(world, ({ openClaim }) => openClaim === undefined)).quarantine).toBeUndefined();
  expect(await differences(withAgent, KEPT)).toEqual([]);
});

test('with a damaged journal the host says so, obeys nobody, and works again once a person has cleared it', async () => {
  const journal = '/var/lib/byo-agent/journal.sqlite';
  await run(
    `systemctl stop byo-agent; head -c 8192 /dev/zero > ${journal}; rm -f ${journal}-*; systemctl start byo-agent`,
  );
  await waitForReport(world, ({ quarantine }) => quarantine?.reason === 'JournalDamaged');
  const refused = carryOut(installWish(world, 3));
  await expect(refused).rejects.toMatchObject({ cause: { type: 'JournalDamaged', nonRetryable: true } });
  await run(`rm ${journal}*; systemctl restart byo-agent`);
  expect((await waitForReport(world, ({ quarantine }) => quarantine === undefined)).findings).toEqual([]);
});

test('asked to clean up a claim that it has forgotten, it proves itself clean, and knows the claim as closed', async () => {
  expect((await waitForReport(world, ({ generation }) => generation === 0)).openClaim).toBeUndefined();
  const forgotten = { generation: 7, incarnation: 'forgotten' };
  await carryOut({ ...reset(), ...forgotten });
  const report = await waitForReport(world, ({ generation, openClaim }) => generation === 7 && !openClaim);
  expect(report.quarantine).toBeUndefined();
  expect(await differences(withAgent, KEPT)).toEqual([]);
  expect(await carryOut({ ...reset('reset#1'), ...forgotten })).toMatchObject({
    message: 'the host is clean of this claim already',
  });
  await expect(carryOut(installWish(world, 7))).rejects.toMatchObject({ cause: { type: 'ClaimConflict' } });
});

test('uninstalled with --purge, the machine is as it was before the agent', async () => {
  await run('sh /usr/local/lib/byo-agent/current/uninstall.sh --purge');
  expect(await differences(untouched)).toEqual([]);
});
