import { expect, test } from 'vitest';
import { decideZones, listObstacles } from './plan-reset.ts';
import { CONFIG_ZONES, ZONES } from './zones.ts';

const ALL = [...ZONES, ...CONFIG_ZONES].map((path) => ({ path, real: path }));
const pathsOf = (known: Parameters<typeof decideZones>[0]) => decideZones(known, ALL).map(({ path }) => path);
const state = { real: '/x', present: true, entries: [] };
const known = (entries: string[] | null, real: string) => ({
  states: { '/var/lib/etcd': { ...state, real, entries } },
  worked: true,
});

test('of a claim that nobody remembers nothing is emptied; of one of an older agent, no operator’s folder', () => {
  expect(pathsOf({ worked: false })).toEqual([]);
  expect(pathsOf({ worked: true })).toEqual([...ZONES]);
});

test('what was there stays, and an operator’s folder is emptied only when the claim made it', () => {
  const states = { '/etc/containerd': state, '/etc/containerd/conf.d': { ...state, present: false } };
  const etcd = { '/var/lib/etcd': { ...state, entries: ['default'] } };
  const zones = decideZones({ states: { ...states, ...etcd }, worked: true }, ALL);
  expect(zones.find(({ path }) => path === '/var/lib/etcd')?.kept).toEqual(new Set(['default']));
  expect(zones.map(({ path }) => path)).toEqual([...ZONES, '/etc/containerd/conf.d']);
});

test('a zone that leads elsewhere, or held too much, is in the way', () => {
  const zone = { path: '/var/lib/etcd', real: '/srv', isThere: true };
  expect(listObstacles(known([], '/srv'), [zone])).toEqual([]);
  expect(listObstacles(known([], '/var/lib/etcd'), [zone])).toEqual([
    '/var/lib/etcd leads to /srv now, and led to /var/lib/etcd when the claim began',
  ]);
  expect(listObstacles(known(null, '/srv'), [zone])).toEqual([expect.stringContaining('more files of its owner')]);
  expect(listObstacles(known(null, '/srv'), [{ ...zone, isThere: false }])).toEqual([]);
});
