// What asking again does to an instance's record, and the lock that keeps two askers apart.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { extendRecord } from './allocation.ts';
import { limitsBelow } from './hosts.ts';
import { withLock } from './lock.ts';
import { planIndex } from './ports.ts';
import { instanceName } from './state.ts';
import type { InstanceRecord } from './state.ts';

const nothing = { controlPlane: false, clusterApi: false, temporal: false, hosts: [] };
const record: InstanceRecord = { version: 1, name: 'demo', index: 3, ...planIndex(3), network: 'byo-demo', ...nothing };
const wish = { name: 'demo', hosts: 2, controlPlane: true, clusterApi: false, temporal: false };

test('hosts get names, containers and addresses that stay when more are asked for', () => {
  const two = extendRecord(record, wish);
  expect(two.hosts[1]).toEqual({ name: 'host2', container: 'byo-demo-host2', address: '10.90.3.12' });
  const three = extendRecord(two, { ...wish, hosts: 3 });
  expect(three.hosts.slice(0, 2)).toEqual(two.hosts);
  expect(three.hosts).toHaveLength(3);
});

test('asking for less takes nothing away', () => {
  const full = extendRecord(record, { ...wish, temporal: true });
  expect(extendRecord(full, { ...wish, hosts: 0, controlPlane: false })).toEqual(full);
});

test('too many hosts, or another bundle folder under hosts that exist, are refused', () => {
  expect(() => extendRecord(record, { ...wish, hosts: 241 })).toThrow('at most 240 hosts');
  const made = extendRecord(record, { ...wish, bundleDir: '/a' });
  expect(() => extendRecord(made, { ...wish, bundleDir: '/b' })).toThrow('lab down --instance demo');
});

test('hosts of another kind beside those that are there are refused, on their bridge', () => {
  const machines = extendRecord(record, { ...wish, kind: 'machine' });
  expect(machines.kind).toBe('machine');
  expect(extendRecord(machines, { ...wish, hosts: 3 }).kind).toBe('machine');
  expect(() => extendRecord(machines, { ...wish, kind: 'container' })).toThrow('another --instance');
  expect(() => extendRecord(extendRecord(record, wish), { ...wish, kind: 'machine' })).toThrow('of the kind container');
});

test('names that would not fit a hostname are refused', () => {
  const fits = ['demo', 'ci-2', '', 'Demo', '2nd', 'a/b', 'x'.repeat(21)].map((n) => instanceName.safeParse(n).success);
  expect(fits).toEqual([true, true, false, false, false, false, false]);
});

test('open files are limited to what may be set', () => {
  expect(limitsBelow('20000').files).toBe(20_000);
  expect(limitsBelow('unlimited').files).toBe(1_048_576);
});

test('a second holder waits for the first', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lab-lock-'));
  const path = join(dir, 'x.lock');
  const order: string[] = [];
  const second = withLock(
    path,
    () => order.push('told to wait'),
    async () => Promise.resolve(order.push('second')),
  );
  await withLock(
    path,
    () => order.push('told to wait'),
    async () => Promise.resolve(order.push('first')),
  );
  await second;
  expect(order).toHaveLength(3);
  expect(order.filter((word) => word === 'told to wait')).toHaveLength(1);
  rmSync(dir, { recursive: true });
});
