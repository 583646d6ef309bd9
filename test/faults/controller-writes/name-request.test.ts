// The same write has the same name in every life; two that differ in what they say have two.
import { expect, test } from 'vitest';
import { nameRequest } from './name-request.ts';

const api = 'https://127.0.0.1:6443/apis/infrastructure.cluster.x-k8s.io/v1beta1/namespaces/default';
const ready = (status: string, more: object = {}) =>
  JSON.stringify({
    kind: 'ByoMachine',
    metadata: { name: 'a' },
    status: { conditions: [{ type: 'Ready', status, reason: 'Why', ...more }] },
  });
const patch = (name: string, body: string, query = '?fieldManager=byo-workflow&force=true') =>
  nameRequest({ method: 'PATCH', url: `${api}/byomachines/${name}/status${query}`, body });
const merge = (spec: object) =>
  nameRequest({ method: 'PATCH', url: `${api}/byohosts/host1?fieldManager=m`, body: JSON.stringify({ spec }) });

test('what chance and time gave is no part of it', () => {
  const name = 'PATCH byomachines/c-workers/status byo-workflow Ready=True/Why';
  expect(patch('c-workers-x7k2p-4bzdw', ready('True', { lastTransitionTime: '2026-01-01T00:00:00Z' }))).toBe(name);
  expect(patch('c-workers-mm2x4-zncv5', ready('True', { message: '7 %' }))).toBe(name);
});

test('state, manager and removal are', () => {
  const names = [
    patch('a', ready('True')),
    patch('a', ready('False')),
    patch('a', ready('True'), '?fieldManager=other'),
  ];
  expect(new Set(names).size).toBe(3);
  expect(merge({ claim: { generation: 7, state: 'Held' } })).toBe(
    'PATCH byohosts/host1 m spec.claim.generation spec.claim.state',
  );
  expect(merge({ claim: null })).toBe('PATCH byohosts/host1 m spec.claim=null');
});

test('reads and Events have no name', () => {
  expect(nameRequest({ method: 'GET', url: `${api}/byohosts` })).toBeUndefined();
  const url = 'https://127.0.0.1:6443/apis/events.k8s.io/v1/namespaces/default/events';
  expect(nameRequest({ method: 'POST', url, body: '{}' })).toBeUndefined();
});
