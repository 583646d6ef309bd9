import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureBaseline } from '../baseline/ensure-baseline.ts';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { decideFindings, decideNotes } from '../inspect/decide-findings.ts';
import { gatherFacts } from '../inspect/gather-facts.ts';
import { openJournal, type Journal } from '../journal/journal.ts';
import { ACCEPTED_ZONES_FILE, acceptZone, parseAcceptedZones, readAcceptedZones } from './accepted-zones.ts';
import { decideAcceptance } from './command.ts';

let host: FakeHost;
let journal: Journal;
const claim = { incarnation: 'a', generation: 1 };

beforeEach(async () => {
  host = await createFakeHost();
  journal = openJournal(`${host.root}/state/journal.sqlite`);
  await host.put('/var/lib/etcd/default/member/snap/db', 'data');
  await host.put('/etc/kubernetes/fleet-admin.conf', 'kubeconfig');
});

afterEach(async () => {
  journal.close();
  await host.remove();
});

const findZones = async (): Promise<string> => {
  const findings = decideFindings(await gatherFacts(host, false));
  return findings.find(({ code }) => code === 'ZoneNotEmpty')?.message ?? '';
};

test('a word of the owner is needed for each zone, and kept content is told', async () => {
  expect(await findZones()).toContain('/etc/kubernetes (fleet-admin.conf); /var/lib/etcd (default/member/snap/db)');
  await acceptZone(host, '/etc/kubernetes', 'keep');
  expect(await findZones()).toMatch(/node keeps its own files: \/var\/lib\/etcd \(/);
  await acceptZone(host, '/var/lib/etcd', 'delete');
  expect(await findZones()).toBe('');
  expect(decideNotes(await gatherFacts(host, false)).join()).toContain('left as it is: what stands in /etc/kubernetes');
  await acceptZone(host, '/etc/kubernetes', undefined);
  expect(await findZones()).toContain('/etc/kubernetes');
  await expect(acceptZone(host, '/home', 'delete')).rejects.toThrow('/home is no folder that a node fills');
});

test('what may go goes when a claim begins, once; what is to stay is in its baseline', async () => {
  await acceptZone(host, '/etc/kubernetes', 'keep');
  await acceptZone(host, '/var/lib/etcd', 'delete');
  await ensureBaseline(journal, host, claim);
  expect(await host.list('/var/lib/etcd')).toEqual([]);
  expect(await readAcceptedZones(host)).toEqual(new Map([['/etc/kubernetes', 'keep']]));
  expect(journal.readBaseline(claim)?.zones).toMatchObject({
    '/etc/kubernetes': { real: '/etc/kubernetes', present: true, entries: ['fleet-admin.conf'] },
    '/var/lib/etcd': { present: true, entries: [] },
    '/opt/cni': { present: false, entries: [] },
  });
});

test('too much to be listed cannot be kept', async () => {
  for (let i = 0; i < 2001; i += 1) await host.put(`/etc/kubernetes/f${i}`, '');
  await acceptZone(host, '/etc/kubernetes', 'keep');
  expect(await findZones()).toContain('/etc/kubernetes (f0, f1, f10)');
});

test('empty folders and the hidden files that keep them say nothing', async () => {
  await host.put('/etc/cni/net.d/.kubernetes-cni-keep', '');
  await host.put('/var/lib/etcd/lost+found/x', '');
  await acceptZone(host, '/var/lib/etcd', 'delete');
  await acceptZone(host, '/etc/kubernetes', 'delete');
  expect(await findZones()).toBe('');
  await host.put('/etc/cni/net.d/.hidden.conflist', '{}');
  expect(await findZones()).toContain('/etc/cni/net.d (.hidden.conflist)');
});

test('a file that a person has written is read with care', async () => {
  const text = '# a word\nkeep /etc/kubernetes\ndelete  /var/lib/etcd\nremove /opt/cni\ndelete /var/log/pods\n';
  const expected = new Map([
    ['/etc/kubernetes', 'keep'],
    ['/var/log/pods', 'delete'],
  ]);
  expect(parseAcceptedZones(text)).toEqual(expected);
  await host.put(ACCEPTED_ZONES_FILE, text);
  expect(await readAcceptedZones(host)).toEqual(expected);
});

test('nothing is accepted by a default', () => {
  const none = { keep: false, delete: false, revoke: false };
  expect(decideAcceptance({ ...none, delete: true })).toBe('delete');
  for (const options of [none, { ...none, keep: true, delete: true }])
    expect(() => decideAcceptance(options)).toThrow('exactly one');
});
