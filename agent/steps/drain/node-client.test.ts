import { expect, test } from 'vitest';
import { decideEvictablePods } from './node-client.ts';

test('pods of DaemonSets, static pods and ended ones stay', () => {
  const lines = [
    'default\tweb\tReplicaSet\tRunning',
    'default\tbare\t\tPending',
    'kube-system\tproxy\tDaemonSet\tRunning',
    'kube-system\tetcd\tNode\tRunning',
    'default\tjob\tJob\tSucceeded',
    '',
  ].join('\n');
  expect(decideEvictablePods(lines).map(({ name }) => name)).toEqual(['web', 'bare']);
});
