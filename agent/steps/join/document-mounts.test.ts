import { afterEach, expect, test } from 'vitest';
import { createFakeHost, type FakeHost } from '../../host/fake-host.ts';
import { openJournal, type Journal } from '../../journal/journal.ts';
import { listDocumentMounts, noteMountsAfter, noteMountsBefore } from './document-mounts.ts';

const key = { incarnation: 'a', generation: 1, operation: 'join' };
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const lineOf = (target: string): string => `36 35 98:0 / ${target} rw - nfs4 server:/x rw\n`;

async function open(): Promise<{ host: FakeHost; notes: Journal; mount: (...targets: string[]) => Promise<void> }> {
  const host = await createFakeHost();
  const notes = openJournal(`${host.root}/state/journal.sqlite`);
  notes.openClaim(key);
  ends.push(async () => {
    notes.close();
    await host.remove();
  });
  const mount = (...targets: string[]) => host.put('/proc/self/mountinfo', ['/', ...targets].map(lineOf).join(''));
  return { host, notes, mount };
}

test('what the document’s commands have mounted, but what a node itself mounts', async () => {
  const { host, notes, mount } = await open();
  await mount('/mnt/owner');
  await noteMountsBefore({ host, key, notes });
  await mount('/mnt/owner', '/mnt/share', '/var/lib/kubelet/pods/1/x', '/run/containerd/y');
  await noteMountsAfter({ host, key, notes });
  expect(listDocumentMounts(notes, key)).toEqual(['/mnt/share (nfs4)']);
  // A second try of the same claim: what the first has mounted is no owner's.
  await noteMountsBefore({ host, key, notes });
  await noteMountsAfter({ host, key, notes });
  expect(listDocumentMounts(notes, key)).toEqual(['/mnt/share (nfs4)']);
});

test('where nobody has looked before, nothing is the document’s', async () => {
  const { host, notes, mount } = await open();
  await mount('/mnt/share');
  await noteMountsAfter({ host, key, notes });
  expect(listDocumentMounts(notes, key)).toEqual([]);
});
