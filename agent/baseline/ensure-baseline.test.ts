import { expect, afterEach, test } from 'vitest';
import { openJournal } from '../journal/journal.ts';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { ensureBaseline } from './ensure-baseline.ts';

const claim = { incarnation: 'a', generation: 1 };
const key = { ...claim, operation: 'install/v1.36.3' };
const open: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function openParts() {
  const host = await createFakeHost();
  const journal = openJournal(`${host.root}/state/journal.sqlite`);
  open.push(
    () => journal.close(),
    () => host.remove(),
  );
  journal.openClaim(claim);
  return { host, journal };
}

const addLink = (host: FakeHost, name: string) => host.put(`/sys/class/net/${name}/mtu`, '1500');

test('the baseline is taken once, and outlives a restart', async () => {
  const { host, journal } = await openParts();
  await addLink(host, 'eth0');
  await ensureBaseline(journal, host, claim);
  await addLink(host, 'wg0');
  await ensureBaseline(journal, host, claim);
  expect(journal.readBaseline(claim)).toMatchObject({ link: ['eth0'], route: [], folder: [] });
});

test('a claim that began without one gets none: what it made would pass for the owner’s', async () => {
  const { host, journal } = await openParts();
  journal.intendStep(key, 'FetchBundle', 'boot');
  await ensureBaseline(journal, host, claim);
  expect(journal.readBaseline(claim)).toBeUndefined();
});

test('a closed claim’s baseline is forgotten', async () => {
  const { host, journal } = await openParts();
  await ensureBaseline(journal, host, claim);
  journal.closeClaim(claim);
  expect(journal.readBaseline(claim)).toBeUndefined();
});

test('a machine that cannot be read as a whole has no baseline', async () => {
  const { host, journal } = await openParts();
  host.onRun(([command]) => (command === 'iptables-save' ? { exitCode: 4, stderr: 'locked' } : undefined));
  await expect(ensureBaseline(journal, host, claim)).rejects.toMatchObject({ reason: 'StepFailed', retryable: true });
  expect(journal.readBaseline(claim)).toBeUndefined();
});
