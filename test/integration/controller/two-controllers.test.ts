// Two controllers at once, as programs, over one API server and one Temporal: no host in two hands, control planes first,
// oldest first, nobody forgotten; also when one of them is killed in the middle.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { LABELS } from '../../../api/names.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { BYO_HOSTS, BYO_MACHINES, MACHINES } from '../../../common/kube/resources.ts';
import { startInstance, stopInstance } from '../../../lab/index.ts';
import { argumentsOf } from '../../../packaging/programs.ts';
import { instanceNameOf } from '../../support/instance-name.ts';
import { admin, createCluster, createHost, createMachine, newNamespace, prepareServer } from './fixtures.ts';

const NAME = instanceNameOf('test-two');
const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const running: ChildProcess[] = [];
/** The controller as it ships. */
let programArguments: string[];
let temporal: string;

beforeAll(async () => {
  programArguments = await argumentsOf(root, 'controller');
  await prepareServer();
  const instance = await startInstance({ name: NAME, hosts: 0, controlPlane: false, onProgress: () => undefined });
  temporal = instance.temporal.address;
}, 120_000);

afterAll(async () => {
  await Promise.all(running.map(kill));
  await stopInstance(NAME, () => undefined);
});

async function kill(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = once(program, 'exit');
  program.kill('SIGKILL');
  await ended;
}

/** A controller of its own process, that lives until the end of the file. */
function startController(namespace: string): ChildProcess {
  const kubeconfig = process.env.BYO_TEST_KUBECONFIG ?? '';
  const where = ['--kubeconfig', kubeconfig, '--namespace', namespace, '--temporal-address', temporal];
  const program = spawn(process.execPath, [...programArguments, ...where], { stdio: 'ignore' });
  running.push(program);
  return program;
}

const until = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 60_000, interval: 100 });

/** Names of the machines that hold a host, sorted; a machine that holds two is there twice. */
async function holders(namespace: string): Promise<string[]> {
  const { items } = await admin.list(BYO_HOSTS, { namespace });
  return items.flatMap(({ spec }) => spec.claim?.name ?? []).toSorted();
}

async function waitForWords(namespace: string, names: string[], words: RegExp): Promise<void> {
  await until(async () => {
    const { items } = await admin.list(BYO_MACHINES, { namespace });
    for (const { metadata, status } of items.filter((one) => names.includes(one.metadata.name))) {
      const claimed = findCondition(status?.conditions, 'HostClaimed');
      expect([metadata.name, claimed?.reason, claimed?.message]).toEqual([
        metadata.name,
        'NoHostFits',
        expect.stringMatching(words),
      ]);
    }
  });
}

/** In which hosts are given out: control planes, although they are younger, then workers by age. */
const ORDER = ['cp0', 'cp1', 'w0', 'w1', 'w2', 'w3', 'w4', 'w5'];

async function createMachines(namespace: string): Promise<void> {
  for (const name of [...ORDER.slice(2), ...ORDER.slice(0, 2)]) {
    await createMachine(namespace, name);
    if (!name.startsWith('cp')) continue;
    const body = { metadata: { labels: { [LABELS.controlPlane]: '' } } };
    await admin.patch(MACHINES, { namespace, name }, { manager: 'test', body });
  }
}

test(
  'eight machines wait, hosts come: each host is claimed once, by whoever is next',
  { timeout: 240_000 },
  async () => {
    const namespace = await newNamespace();
    await createCluster(namespace);
    await createMachines(namespace);
    const doomed = startController(namespace);
    startController(namespace);
    await waitForWords(namespace, ORDER, /there is no ByoHost/);
    await Promise.all(['h0', 'h1', 'h2', 'h3'].map((name) => createHost(namespace, name)));
    await until(async () => expect(await holders(namespace)).toEqual(ORDER.slice(0, 4)));
    await waitForWords(namespace, ORDER.slice(4), /h0 is claimed by .*h3 is claimed by/);
    await Promise.all([...['h4', 'h5'].map((name) => createHost(namespace, name)), kill(doomed)]);
    await until(async () => expect(await holders(namespace)).toEqual(ORDER.slice(0, 6)));
    startController(namespace);
    for (const [at, name] of ['h6', 'h7'].entries()) {
      await createHost(namespace, name);
      await until(async () => expect(await holders(namespace)).toEqual(ORDER.slice(0, 7 + at)));
    }
    // The generation counts how often a host was ever claimed.
    const { items } = await admin.list(BYO_HOSTS, { namespace });
    expect(items.map(({ spec }) => [spec.claim?.generation, spec.lastGeneration])).toEqual(ORDER.map(() => [1, 1]));
  },
);
