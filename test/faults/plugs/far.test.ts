// A cluster at the end of a bad line: 600 ms there and back, 5 % of the packets lost each way, 256 kbit/s.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { putLink, takeLink, tellSince, type Linked } from './bad-link.ts';
import { openBench } from './bench.ts';
import { sizeOfStore } from './host-store.ts';
import { waitForFit, waitForMachineCondition } from './machine.ts';
import { applyOneNode, countKubeadm, deleteOneNode, requestDeletion, say, waitUntilFree } from './one-node.ts';
import { waitForTwoNodes } from './two-nodes.ts';

const timeout = 30 * 60_000;
const FAR = { delayMs: 300, lossPercent: 5, kbitPerSecond: 256 };
let control: Linked;
let worker: Linked;

beforeAll(async () => {
  control = await putLink(await openBench('host1'));
  worker = await putLink(await openBench('host2'));
}, 300_000);

afterAll(async () => {
  for (const linked of [control, worker]) await takeLink(linked);
}, 300_000);

/** Two nodes, a control plane and a worker, whose hosts take the bundle from the gateway. */
async function make(name: string): Promise<void> {
  await applyOneNode(control, { name, worker: worker.host.name, repo: 'gateway:///' });
  await waitForTwoNodes(control, name, 15);
  for (const { host } of [control, worker])
    await waitForMachineCondition(control, name, 'BootstrapSucceeded', 'BootstrapSucceeded', host.name);
  for (const bench of [control, worker]) expect(await countKubeadm(bench, name)).toEqual({ began: 1, succeeded: 1 });
}

/** Bytes from and to each host since the last time. */
function countBytes(): () => Promise<Record<string, { up: number; down: number }>> {
  const last = new Map<string, { up: number; down: number }>();
  return async () => {
    const seen: Record<string, { up: number; down: number }> = {};
    for (const { host, link } of [control, worker]) {
      const { up, down } = await link.stats();
      const before = last.get(host.name) ?? { up: 0, down: 0 };
      const now = { up: up.counts.bytes, down: down.counts.bytes };
      last.set(host.name, now);
      seen[host.name] = { up: now.up - before.up, down: now.down - before.down };
    }
    return seen;
  };
}

test('a cluster on a good link fills the stores of its hosts, and leaves them full', { timeout }, async () => {
  await make('near');
  await deleteOneNode(control, 'near');
  await waitForFit(worker);
  for (const { host } of [control, worker]) {
    expect(await sizeOfStore(host)).toBeGreaterThan(200_000_000);
  }
});

test('with full stores, two nodes join over the bad line and leave over it', { timeout }, async () => {
  const count = countBytes();
  for (const { link } of [control, worker]) await link.shape(FAR);
  await count();
  const started = performance.now();
  await make('far');
  tellSince(started, 'two Ready nodes over 600 ms, 5 % loss and 256 kbit/s');
  const joined = await count();
  say(`  bytes to two Ready nodes: ${JSON.stringify(joined)}`);
  // The bundle, 283 MB, would take two and a half hours on this line.
  for (const { up, down } of Object.values(joined)) expect(up + down).toBeLessThan(5_000_000);
  const left = performance.now();
  await requestDeletion(control, 'far');
  await waitUntilFree(control, 'far', 15 * 60_000);
  await waitForFit(worker);
  tellSince(left, 'from the deletion to two free hosts');
  say(`  bytes from there to two free hosts: ${JSON.stringify(await count())}`);
});
