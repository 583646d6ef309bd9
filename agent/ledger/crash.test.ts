import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { openJournal } from '../journal/journal.ts';
import type { Ledger } from './ledger.ts';
import { createLedger } from './machine-ledger.ts';
import { snapshotTree } from './snapshot-tree.ts';

const claim = { incarnation: 'a', generation: 1 };

/** From write number `count` on the process is dead: nothing more is written. */
function dieAt(count: number): { onPoint(point: string): void; died(): boolean } {
  let seen = 0;
  return {
    onPoint: (point) => {
      seen += 1;
      if (seen >= count) throw new Error(`died ${point}`);
    },
    died: () => seen >= count,
  };
}

async function withLedger(
  world: { host: FakeHost; folder: string },
  count: number,
  work: (ledger: Ledger) => Promise<unknown>,
): Promise<boolean> {
  const death = dieAt(count);
  const journal = openJournal(join(world.folder, 'journal.db'), death);
  try {
    await work(createLedger({ journal, host: world.host, claim }));
  } catch (error) {
    if (!death.died()) throw error;
  } finally {
    journal.close();
  }
  return death.died();
}

async function change(ledger: Ledger): Promise<void> {
  await ledger.writeFile('/etc/kept', 'new', { mode: 0o600 });
  await ledger.appendFile('/etc/hosts', Buffer.from('added\n'), { mode: 0o644 });
  await ledger.removeFile('/etc/removed');
  await ledger.writeFile('/usr/local/bin/kubelet', 'binary', { mode: 0o755 });
  await ledger.setSysctl('net.ipv4.ip_forward', '1');
}

async function createWorld(): Promise<{ host: FakeHost; folder: string }> {
  const host = await createFakeHost();
  await host.put('/etc/kept', 'old');
  await host.put('/etc/hosts', 'first\n');
  await host.put('/etc/removed', 'gone');
  await host.put('/proc/sys/net/ipv4/ip_forward', '0\n');
  return { host, folder: await mkdtemp(join(tmpdir(), 'byo-ledger-')) };
}

/** Files of the kernel keep their value, not their times. */
function isOwed([path]: [string, string]): boolean {
  return !path.startsWith('proc/');
}

test('killed at any write of a change or of its undo, everything still comes back', { timeout: 60_000 }, async () => {
  let points = 0;
  for (let count = 1, died = true; died; count += 1) {
    const world = await createWorld();
    const before = Object.entries(await snapshotTree(world.host.root)).filter(isOwed);
    died = await withLedger(world, count, change);
    await withLedger(world, Infinity, change);
    const changed = await world.host.readFile('/etc/hosts');
    expect(changed?.toString()).toBe('first\nadded\n');
    died = (await withLedger(world, count, (ledger) => ledger.undoAll())) || died;
    await withLedger(world, Infinity, async (ledger) => expect(await ledger.undoAll()).toEqual([]));
    expect(Object.entries(await snapshotTree(world.host.root)).filter(isOwed)).toEqual(before);
    expect((await world.host.readFile('/proc/sys/net/ipv4/ip_forward'))?.toString()).toBe('0\n');
    points += 1;
    await world.host.remove();
    await rm(world.folder, { recursive: true });
  }
  expect(points).toBeGreaterThan(10);
});
