import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeHost, type FakeHost } from '../../host/fake-host.ts';
import { openJournal, type Journal } from '../../journal/journal.ts';
import { areUnitsNoted, disableDocumentUnits, noteUnitsAfter, noteUnitsBefore } from './document-units.ts';

let host: FakeHost;
let journal: Journal;
const enabled = new Set<string>();
const key = { incarnation: 'a', generation: 1, operation: 'join' };

beforeEach(async () => {
  host = await createFakeHost();
  journal = openJournal(`${host.root}/state/journal.sqlite`);
  journal.openClaim(key);
  enabled.clear();
  for (const unit of ['ssh.service', 'containerd.service', 'kubelet.service']) enabled.add(unit);
  host.onRun(([, verb, , , unit = '']) => {
    if (verb === 'disable') enabled.delete(unit);
    return verb === 'list-unit-files'
      ? { stdout: [...enabled].map((name) => `${name} enabled`).join('\n') }
      : undefined;
  });
});

afterEach(async () => {
  journal.close();
  await host.remove();
});

const noting = () => ({ host, key, notes: journal });

async function reset(): Promise<string[]> {
  const told: string[] = [];
  await disableDocumentUnits({ host, key, report: ({ message = '' }) => void told.push(message) }, journal);
  return told;
}

test('what the document enabled is stopped and disabled, and nothing else', async () => {
  await noteUnitsBefore(noting());
  expect(areUnitsNoted(journal, key)).toBe(false);
  for (const unit of ['iscsid.service', 'gone.timer']) enabled.add(unit);
  await noteUnitsAfter(noting());
  expect(areUnitsNoted(journal, key)).toBe(true);
  enabled.delete('gone.timer');
  enabled.add('fwupd-refresh.timer');
  expect(await reset()).toEqual(['iscsid.service is stopped and disabled: the bootstrap document had enabled it']);
  expect([...enabled]).toEqual(['ssh.service', 'containerd.service', 'kubelet.service', 'fwupd-refresh.timer']);
  expect(await reset()).toEqual([]);
});

test('a second try of the same claim does not take the units of the first for the owner’s', async () => {
  await noteUnitsBefore(noting());
  enabled.add('iscsid.service');
  await noteUnitsBefore(noting());
  await noteUnitsAfter(noting());
  expect(await reset()).toHaveLength(1);
});

test('where an older agent began the join nothing is known, and nothing is disabled', async () => {
  enabled.add('iscsid.service');
  await noteUnitsAfter(noting());
  expect(areUnitsNoted(journal, key)).toBe(true);
  expect(await reset()).toEqual([]);
});
