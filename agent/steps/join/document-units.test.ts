import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeHost, type FakeHost } from '../../host/fake-host.ts';
import { openJournal, type Journal } from '../../journal/journal.ts';
import { templateOf } from '../../linux/enabled-units.ts';
import { enableNow } from '../../testing/play-machine.ts';
import {
  areUnitsNoted,
  disableDocumentUnits,
  listDocumentUnits,
  noteUnitsAfter,
  noteUnitsBefore,
} from './document-units.ts';

let host: FakeHost;
let journal: Journal;
const WANTS = '/etc/systemd/system/multi-user.target.wants';
const key = { incarnation: 'a', generation: 1, operation: 'join' };

beforeEach(async () => {
  host = await createFakeHost();
  journal = openJournal(`${host.root}/state/journal.sqlite`);
  journal.openClaim(key);
  for (const unit of ['ssh.service', 'containerd.service', 'kubelet.service']) enable(unit);
  host.onRun(([, verb, , , unit = '']) => {
    if (verb === 'disable') disable(unit);
    return undefined;
  });
});

afterEach(async () => {
  journal.close();
  await host.remove();
});

const enable = (unit: string): void => enableNow(host.root, unit);
/** An instance by its template as well, as systemctl does. */
function disable(unit: string): void {
  const names = enabled().filter((name) => name === unit || templateOf(name) === unit);
  for (const name of names) rmSync(join(host.root, WANTS, name));
}
const enabled = (): string[] => readdirSync(join(host.root, WANTS)).toSorted();

const noting = () => ({ host, key, notes: journal });

async function reset(): Promise<string[]> {
  const told: string[] = [];
  await disableDocumentUnits({ host, key, report: ({ message = '' }) => void told.push(message) }, journal);
  return told;
}

test('what the document enabled is stopped and disabled, and nothing else', async () => {
  await noteUnitsBefore(noting());
  expect(areUnitsNoted(journal, key)).toBe(false);
  for (const unit of ['iscsid.service', 'gone.timer']) enable(unit);
  await noteUnitsAfter(noting());
  expect(areUnitsNoted(journal, key)).toBe(true);
  disable('gone.timer');
  enable('fwupd-refresh.timer');
  expect(await reset()).toEqual(['iscsid.service is stopped and disabled: the bootstrap document had enabled it']);
  expect(enabled()).toEqual(['containerd.service', 'fwupd-refresh.timer', 'kubelet.service', 'ssh.service']);
  expect(await reset()).toEqual([]);
});

test('a second try of the same claim does not take the units of the first for the owner’s', async () => {
  await noteUnitsBefore(noting());
  enable('iscsid.service');
  await noteUnitsBefore(noting());
  await noteUnitsAfter(noting());
  expect(await reset()).toHaveLength(1);
});

test('where an older agent began the join nothing is known, and nothing is disabled', async () => {
  enable('iscsid.service');
  await noteUnitsAfter(noting());
  expect(areUnitsNoted(journal, key)).toBe(true);
  expect(await reset()).toEqual([]);
});

test('an instance of a template is the document’s by itself, also beside one of the owner’s', async () => {
  enable('getty@tty1.service');
  await noteUnitsBefore(noting());
  enable('getty@ttyS0.service');
  await noteUnitsAfter(noting());
  expect(await reset()).toEqual([expect.stringMatching(/^getty@ttyS0\.service is stopped/)]);
  expect(enabled()).toContain('getty@tty1.service');
});

test('what an older agent has noted is disabled too: it told an instance by its template', async () => {
  journal.recordNote(key, 'enabled by the document', { subject: 'iscsi-mount@.service', note: '' });
  enable('iscsi-mount@data.service');
  expect(await reset()).toHaveLength(1);
  expect(enabled()).not.toContain('iscsi-mount@data.service');
});

test('a list that an older agent made before the document is compared with nothing', async () => {
  journal.recordNote(key, 'enabled before the document', { subject: '', note: '["getty@.service"]' });
  enable('getty@tty1.service');
  await noteUnitsAfter(noting());
  expect(areUnitsNoted(journal, key)).toBe(true);
  expect(await reset()).toEqual([]);
});

test('what the document has started without a file is stopped, and what else runs so is not', async () => {
  const transient = '/run/systemd/transient';
  await host.put(`${transient}/of-the-owner.service`, '');
  await noteUnitsBefore(noting());
  for (const unit of ['tunnel.service', 'run-r1f.timer', 'byo-runcmd-1.service', 'cri-containerd-1.scope'])
    await host.put(`${transient}/${unit}`, '');
  await noteUnitsAfter(noting());
  expect(listDocumentUnits(journal, key)).toEqual(['run-r1f.timer', 'tunnel.service']);
  await host.put(`${transient}/later.service`, '');
  expect(await reset()).toHaveLength(2);
  const stopped = host.commands.filter(([, verb]) => verb === 'stop').map((argv) => argv.at(-1));
  expect(stopped).toEqual(['run-r1f.timer', 'tunnel.service']);
  await host.reboot();
  expect(await reset()).toEqual([]);
});
