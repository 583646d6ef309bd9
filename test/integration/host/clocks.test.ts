// B4: the real agent on a machine whose clock is wrong (that of its process alone, by libfaketime), after it has been away.
import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ByoHost } from '../../../api/byo-host.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { kubeOf } from '../../../harness/machines.ts';
import type { HostHandle } from '../../../lab/index.ts';
import { unpackPackages } from '../../../lab/parts/debian.ts';
import { waitFor } from '../../../lab/wait.ts';
import { spendCertificate, waitForRenewal } from '../../support/spent-certificate.ts';
import { withAgentLog } from './agent-log.ts';
import { giveOrder, openAgentWorld, type AgentWorld } from './agent-world.ts';
import { runOn } from './run-on.ts';

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;
/** Longer ago than any certificate of a host lasts. */
const AWAY_HOURS = 36;
const LIBRARY = '/usr/local/lib/libfaketimeMT.so.1';
const DROP_IN = '/run/systemd/system/byo-agent.service.d/clock.conf';
let world: AgentWorld;

beforeAll(async () => {
  world = await openAgentWorld({ light: true, beforeAgent: bringFaketime });
});

/** From the machine's own apt: a host of the lab need not reach an archive. */
async function bringFaketime(host: HostHandle): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'byo-faketime-'));
  try {
    await unpackPackages(['libfaketime'], join(folder, 'unpacked'), join(folder, 'packages'));
    const [library = 'missing'] = globSync('unpacked/usr/lib/*/faketime/libfaketimeMT.so.1', { cwd: folder });
    await host.copyIn(join(folder, library), LIBRARY);
  } finally {
    await rm(folder, { recursive: true });
  }
}

afterAll(() => world.close());

const run = (command: string): Promise<string> => runOn(world.host, command);

/** The agent's next life lives by this clock; the monotonic one stays as it is. Undefined: by the machine's. */
async function startWithClock(faketime: string | undefined): Promise<void> {
  const environment = [`LD_PRELOAD=${LIBRARY}`, `FAKETIME=${faketime}`, 'FAKETIME_DONT_FAKE_MONOTONIC=1'];
  const lines = ['[Service]', ...environment.map((one) => `Environment="${one}"`)].join('\n');
  const write =
    faketime === undefined ? `rm ${DROP_IN}` : `mkdir -p $(dirname ${DROP_IN}); echo '${lines}' > ${DROP_IN}`;
  await run(`${write}; systemctl daemon-reload; systemctl start byo-agent`);
}

async function readHost(): Promise<ByoHost> {
  return ByoHost.parse(await kubectlOf(world.instance).get(['byohost', world.host.name]));
}

/** Waits until the ByoHost says this of its clock, and is free: the first reset has had a claim to end. Answers its conditions. */
async function waitForSkew(status: string, part: string) {
  let host = await readHost();
  const probe = async () => {
    host = await readHost();
    const skew = findCondition(host.status?.conditions, 'ClockSkew');
    const isFree = findCondition(host.status?.conditions, 'Available')?.status === 'True';
    return isFree && skew?.status === status && skew.message.includes(part)
      ? undefined
      : JSON.stringify(host.status?.conditions);
  };
  await withAgentLog(world.host, () =>
    waitFor('what is said of the clock', probe, { timeoutMs: 150_000, everyMs: 500 }),
  );
  return host.status?.conditions;
}

const sinceEpoch = () => Math.round(Date.now() / 1000);

test.each([
  ['+11m', '11 minutes ahead'],
  ['-11m', '11 minutes behind'],
  ['+13h', '13 hours ahead'],
  ['-13h', '13 hours behind'],
  [`+${2 * YEAR}`, '2 years ahead'],
  [`-${2 * YEAR}`, '2 years behind'],
  [`-${sinceEpoch() - 60}`, 'years behind'],
])('B4: with a clock at %s it comes back after 36 hours, obeys, and is told so', async (faketime, words) => {
  await run('systemctl stop byo-agent');
  const spent = await spendCertificate(world, kubeOf(world.instance), AWAY_HOURS);
  await startWithClock(faketime);
  await waitForRenewal(world, spent);
  const { result } = await giveOrder(world, {
    verb: 'reset',
    operation: 'reset',
    arguments: { skipEtcdMemberRemoval: false },
  });
  expect(await result).toMatchObject({ operation: 'reset', generation: 1 });
  const conditions = await waitForSkew('True', words);
  process.stdout.write(`  ${findCondition(conditions, 'ClockSkew')?.message}\n`);
  expect(findCondition(conditions, 'Connected')?.status).toBe('True');
});

test('B4: once its clock is right, nothing is said of it any more', async () => {
  await run('systemctl stop byo-agent');
  await startWithClock(undefined);
  expect(findCondition(await waitForSkew('False', ''), 'Available')?.status).toBe('True');
});
