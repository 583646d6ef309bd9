// B7 and C9 on a real machine: a disk that takes no writes when the agent starts, and an update that does not start.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { giveOrder, openAgentWorld, readRenewTime, waitForReport, type AgentWorld } from './agent-world.ts';
import { runOn } from './run-on.ts';

const STATE = '/var/lib/byo-agent';
const ROOT = '/usr/local/lib/byo-agent';
let world: AgentWorld;

beforeAll(async () => {
  world = await openAgentWorld({ light: true });
});

afterAll(() => world.close());

const run = (command: string): Promise<string> => runOn(world.host, command);
const claimed = { generation: 1, incarnation: 'world' };
const order = (operation: string) => giveOrder(world, { verb: 'reset', operation, arguments: KEEPING, ...claimed });
const KEEPING = { skipEtcdMemberRemoval: false, keepClaim: true };

test('B7: on a full disk the host renews its Lease, says so beside its claim, and obeys once it is freed', async () => {
  await (
    await order('reset/keep-claim')
  ).result;
  await run(`systemctl stop byo-agent
    cp -a ${STATE} /run/state && mount -t tmpfs -o size=48m none ${STATE} && cp -a /run/state/. ${STATE}/
    rm -f ${STATE}/journal.sqlite.reserve; cat /dev/zero > ${STATE}/filler 2>/dev/null; systemctl start byo-agent`);
  const report = await waitForReport(world, ({ quarantine }) => quarantine?.reason === 'DiskFull');
  expect(report).toMatchObject({ openClaim: claimed, generation: 1 });
  expect(report.quarantine?.message).toMatch(/Free space there/);
  const { result } = await order('reset/keep-claim#1');
  const renewal = await readRenewTime(world);
  await expect.poll(() => readRenewTime(world), { timeout: 90_000, interval: 1000 }).not.toBe(renewal);
  await run(`test $(systemctl show -p NRestarts --value byo-agent) = 0 && rm ${STATE}/filler`);
  expect((await result).operation).toBe('reset/keep-claim#1');
  expect((await waitForReport(world, ({ quarantine }) => !quarantine)).openClaim).toEqual(claimed);
});

test('B7: the same where the file system has become read-only', async () => {
  await run(`systemctl stop byo-agent; mount -o remount,ro ${STATE}; systemctl start byo-agent`);
  const report = await waitForReport(world, ({ quarantine }) => quarantine?.reason === 'DiskReadOnly');
  expect(report.openClaim).toEqual(claimed);
  await run(`mount -o remount,rw ${STATE}`);
  expect((await waitForReport(world, ({ quarantine }) => !quarantine)).openClaim).toEqual(claimed);
});

/** The installed version once more, under another name, whose agent ends before READY. */
const BREAK = `rm -rf /run/broken && cp -a $(readlink -f ${ROOT}/current) /run/broken && cd /run/broken
  printf '#!/bin/sh\\nexit 1\\n' > bin/byo-agent; echo 9.9.9-broken > VERSION
  find . -type f ! -name SHA256SUMS -printf '%P\\n' | sort | xargs sha256sum > SHA256SUMS`;

test('C9: an update that does not come to READY gives way to the version before, and the host is heard', async () => {
  const before = await run(`cat ${ROOT}/current/VERSION`);
  const { exitCode, stderr } = await world.host.exec(['sh', '-c', `${BREAK}; sh install.sh`]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`${before} runs again`) });
  expect(await run(`systemctl is-active byo-agent; cat ${ROOT}/current/VERSION`)).toBe(`active\n${before}`);
});

test('C9: cut off after the switch, it gives way by itself', async () => {
  const before = await run(`readlink ${ROOT}/current`);
  await run(`${BREAK}; cp -a /run/broken ${ROOT}/9.9.9-broken; systemctl stop byo-agent
    echo ${before} > ${ROOT}/trial; ln -sfn 9.9.9-broken ${ROOT}/current; systemctl start byo-agent || true`);
  await expect
    .poll(() => world.host.exec(['systemctl', 'is-active', '--quiet', 'byo-agent']), { timeout: 60_000 })
    .toMatchObject({ exitCode: 0 });
  expect(await run(`readlink ${ROOT}/current; test -e ${ROOT}/trial || echo settled`)).toBe(`${before}\nsettled`);
});
