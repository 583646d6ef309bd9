// What is said while a host does not answer.
import { expect, test } from 'vitest';
import { ANNOTATIONS } from '../api/names.ts';
import { describeOffline, type Described } from './host-operation.ts';

const about = (type: string): Described => ({
  operation: 'reset',
  host: 'h',
  condition: { type, status: 'False' },
  reason: 'Resetting',
});

test.each(['Drained', 'HostReset'])('a deletion that waits for a host names the way out in %s', (type) => {
  expect(describeOffline(about(type)).message).toContain(`annotate the ByoMachine with ${ANNOTATIONS.forceRelease}`);
});

test.each(['HostPrepared', 'BootstrapSucceeded', 'CleanedUp'])('nobody is told to give a machine up in %s', (type) => {
  expect(describeOffline(about(type)).message).not.toContain(ANNOTATIONS.forceRelease);
});
