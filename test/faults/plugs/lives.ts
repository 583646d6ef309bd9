// Two whole lives at once, a control plane on host1 and a worker on host2, from claim to Ready and back to free, while
// something happens at every write of their agents' journals.
import { expect } from 'vitest';
import { INSTALL_STEPS, JOIN_STEPS, RESET_STEPS } from '../../../api/steps.ts';
import { takeSnapshot, type HostSnapshot } from '../../../harness/host-snapshot.ts';
import { answerPoints, armHost, disarmHost, readPoints, type Deed, type Orders } from '../every-write/armed-host.ts';
import { openBench, type Bench } from './bench.ts';
import { BEGAN, ENDED } from './edit-manifests.ts';
import { listDifferences } from './host-differences.ts';
import { emptyStore } from './host-store.ts';
import { waitForFit } from './machine.ts';
import { say } from './one-node.ts';
import { clearTwoNodes, liveAsTwoNodes } from './two-nodes.ts';

/** `deedOn`: what is done at the points of a host; without it the agent does it to itself. */
export type Lives = {
  name: string;
  deed: Orders['deed'];
  /** Which points of each host count. */
  points: { control: RegExp; worker: RegExp };
  deedOn?: (bench: Bench) => Promise<Deed>;
};

type Life = { bench: Bench; before: HostSnapshot };

/** The points that each host has met, in their order. */
export type Met = { control: string[]; worker: string[] };

/** Fails unless both become Ready, kubeadm succeeding once each, and both hosts are then as they were before. */
export async function liveTwoLives(wish: Lives): Promise<Met> {
  const { deed, points } = wish;
  await clearAway(wish.name);
  const control = await beginLife('host1', { deed, points: points.control });
  const worker = await beginLife('host2', { deed, points: points.worker });
  const end = new AbortController();
  const answers = [control, worker].map(({ bench }) => answer(bench, wish, end.signal));
  try {
    await Promise.race([
      liveAsTwoNodes(wish.name, { control: control.bench, worker: worker.bench }),
      Promise.all(answers),
    ]);
  } finally {
    end.abort();
  }
  await Promise.all(answers);
  return {
    control: await endLife(control, `${wish.name}: control plane`),
    worker: await endLife(worker, `${wish.name}: worker`),
  };
}

/** What an earlier run left on a bench that was kept: every run begins anew. */
async function clearAway(name: string): Promise<void> {
  const both = { control: await openBench('host1'), worker: await openBench('host2') };
  for (const { host } of Object.values(both)) await disarmHost(host);
  await clearTwoNodes(name, both);
}

async function beginLife(hostName: string, orders: Orders): Promise<Life> {
  const bench = await openBench(hostName);
  await bench.host.exec(['rm', '-f', BEGAN, ENDED]);
  // FetchBundle is a step like the others: where another scenario has filled the store, there would be nothing to do.
  await emptyStore(bench.host);
  const before = await takeSnapshot(bench.host);
  await armHost(bench.host, orders);
  await waitForFit(bench);
  return { bench, before };
}

/** Never resolves before the end, so that only a deed that fails is heard of. */
async function answer(bench: Bench, { deedOn }: Lives, end: AbortSignal): Promise<void> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  end.addEventListener('abort', () => resolve(), { once: true });
  if (deedOn) await answerPoints(bench.host, await deedOn(bench), end);
  await ended;
}

async function endLife({ bench, before }: Life, what: string): Promise<string[]> {
  const { host } = bench;
  const points = await readPoints(host);
  const writes = new Set(points.map((point) => point.slice(point.indexOf(' '))));
  say(`  ${what} on ${host.name}: ${points.length} points at ${writes.size} writes of the journal`);
  await disarmHost(host);
  await waitForFit(bench);
  await host.exec(['rm', '-f', BEGAN, ENDED]);
  expect(await listDifferences(before, host)).toEqual([]);
  return points;
}

/** The steps of a node's whole life: one that is declared tomorrow must be met as well. */
export const ALL_STEPS = new Set<string>([...INSTALL_STEPS, ...JOIN_STEPS, ...RESET_STEPS]);
