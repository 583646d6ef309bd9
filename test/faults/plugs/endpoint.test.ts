// Three control planes behind a virtual address, scaled to one and back, while the API is asked through that address every
// 200 ms: it is never away longer than the address itself needs to move from a machine that stands still.
import { beforeAll, expect, test } from 'vitest';
import { watchUntilReady } from '../../../harness/watch.ts';
import { waitFor } from '../../../lab/wait.ts';
import { askApi, ASKED_EVERY_MS, type Asker } from './ask-api.ts';
import { growBench, type Bench } from './bench.ts';
import { waitForFit } from './machine.ts';
import { deleteOneNode, inNamespace, say } from './one-node.ts';
import { applyVirtual, listHolders, scale, virtualAddressOf } from './virtual-address.ts';
import type { HostHandle } from '../../../lab/index.ts';

const NAME = 'endpoint';
const MINUTE = 60_000;
let benches: Bench[];

beforeAll(async () => {
  benches = await growBench(3);
}, 10 * MINUTE);

const first = (): Bench => {
  const [bench] = benches;
  if (!bench) throw new Error('the bench has no host');
  return bench;
};

const waitForNodes = (count: number): ReturnType<typeof watchUntilReady> =>
  watchUntilReady({
    instance: first().instance,
    cluster: NAME,
    count,
    timeoutMinutes: 12,
    onLine: say,
    onReady: () => {},
  });

/** Waits until exactly one host carries the address and the API has answered for a while. */
async function waitForHolder(asker: Asker): Promise<HostHandle> {
  const address = virtualAddressOf(first());
  let holder: HostHandle | undefined;
  let seen = asker.count();
  let steadySince = performance.now();
  const probe = async (): Promise<string | undefined> => {
    const holders = await listHolders(
      address,
      benches.map(({ host }) => host),
    );
    const { answered, unanswered } = asker.count();
    if (holders.length !== 1 || holders[0] !== holder || seen.unanswered !== unanswered)
      steadySince = performance.now();
    [holder, seen] = [holders[0], { answered, unanswered }];
    return performance.now() - steadySince > 10_000
      ? undefined
      : `${holders.map(({ name }) => name).join(' and ')} has it`;
  };
  await waitFor(`one holder of ${address}`, probe, { timeoutMs: 3 * MINUTE, everyMs: 500 });
  if (!holder) throw new Error('nobody holds the address');
  return holder;
}

/** The machine that has the address stands still, as one that hangs: how long until another answers. */
async function measureFailOver(asker: Asker): Promise<number> {
  const holder = await waitForHolder(asker);
  asker.longestGap();
  await holder.pause();
  const { answered } = asker.count();
  const probe = async () => (asker.count().answered > answered + 25 ? undefined : 'the API does not answer');
  await waitFor('the API after the fail-over', probe, { timeoutMs: 2 * MINUTE, everyMs: 200 });
  const gap = asker.longestGap();
  await holder.unpause();
  return gap;
}

/** The Machine on a host is the one that Cluster API takes away first. */
async function preferDeletion(host: HostHandle): Promise<void> {
  const { instance } = first();
  const path = `jsonpath={.items[?(@.status.hostRef.name=="${host.name}")].metadata.name}`;
  const machine = await inNamespace(instance, [
    'get',
    'byomachines',
    '-l',
    `cluster.x-k8s.io/cluster-name=${NAME}`,
    '-o',
    path,
  ]);
  await inNamespace(instance, ['annotate', 'machine', machine, 'cluster.x-k8s.io/delete-machine=yes']);
}

async function waitForFreeHosts(count: number): Promise<void> {
  const { instance } = first();
  const probe = async (): Promise<string | undefined> => {
    const path =
      'jsonpath={range .items[*]}{.metadata.name} {.spec.claim.name}{.status.conditions[?(@.type=="Available")].message}{"\\n"}{end}';
    const said = await inNamespace(instance, ['get', 'byohosts', '-o', path]);
    const available = await inNamespace(instance, [
      'get',
      'byohosts',
      '-o',
      'jsonpath={.items[*].status.conditions[?(@.type=="Available")].status}',
    ]);
    return available.split(' ').filter((status) => status === 'True').length >= count ? undefined : said.trim();
  };
  await waitFor(`${count} free hosts`, probe, { timeoutMs: 8 * MINUTE, everyMs: 500 });
}

/** To one, beginning with the machine that has the address: how long the API was away at most. */
async function measureScaleDown(asker: Asker): Promise<number> {
  const holder = await waitForHolder(asker);
  await preferDeletion(holder);
  asker.longestGap();
  await scale(first(), NAME, 1);
  await waitForFreeHosts(2);
  await waitForHolder(asker);
  const gap = asker.longestGap();
  say(`  three scaled to one, ${holder.name} with the address first: the API away ${gap} ms at most`);
  return gap;
}

/** What an earlier run left on a bench that was kept. */
async function clearAway(): Promise<void> {
  const left = await inNamespace(first().instance, ['get', 'cluster', NAME, '--ignore-not-found', '-o', 'name']);
  if (left.trim() !== '') await deleteOneNode(first(), NAME);
  for (const bench of benches) await waitForFit(bench);
}

async function measureBoth(kubeconfig: string): Promise<{ failOver: number; scaledDown: number }> {
  const asker = await askApi(kubeconfig);
  try {
    const failOver = await measureFailOver(asker);
    say(`  the machine with the address stands still: the API away ${failOver} ms`);
    const scaledDown = await measureScaleDown(asker);
    const { answered, unanswered } = asker.count();
    say(`  ${answered} questions answered, ${unanswered} not`);
    return { failOver, scaledDown };
  } finally {
    asker.stop();
  }
}

test('scaled to one, the API is away no longer than a fail-over of the address; scaled back, all are Ready', async () => {
  await clearAway();
  await applyVirtual(first(), { name: NAME, replicas: 3 });
  const { kubeconfig } = await waitForNodes(3);
  const { failOver, scaledDown } = await measureBoth(kubeconfig);
  await scale(first(), NAME, 3);
  await waitForNodes(3);
  await deleteOneNode(first(), NAME);
  for (const bench of benches) await waitForFit(bench);
  const hosts = benches.map(({ host }) => host);
  expect(await listHolders(virtualAddressOf(first()), hosts)).toEqual([]);
  expect(scaledDown).toBeLessThanOrEqual(failOver + 2 * ASKED_EVERY_MS);
}, 1_800_000);
