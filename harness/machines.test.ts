import { expect, test } from 'vitest';
import { byoHost, byoMachine, condition, reportedHost } from '../test/support/builders.ts';
import { describeMachine } from './machines.ts';

const hostRef = { name: 'h', hostID: 'e0a4b1f2-0000-4000-8000-000000000001' };
const machineWith = (...conditions: ReturnType<typeof condition>[]) =>
  byoMachine('m', { status: { hostRef, conditions } });

test('a machine whose workflow has said nothing yet is not called bootstrapped', () => {
  expect(describeMachine(byoMachine('m'), [])).toBe('waiting for its workflow');
  expect(describeMachine(machineWith(), [byoHost('h')])).toBe('on h: waiting for its workflow');
  const done = machineWith(condition('BootstrapSucceeded', 'True', 'BootstrapSucceeded'));
  expect(describeMachine(done, [byoHost('h')])).toBe('on h: bootstrapped');
});

test('that an operation has ended is nothing that a machine waits for', () => {
  const ended = condition('Progressing', 'False', 'Succeeded');
  const waiting = condition('BootstrapSucceeded', 'Unknown', 'WaitingForBootstrapData');
  expect(describeMachine(machineWith(ended, waiting), [byoHost('h')])).toMatch(/^on h: BootstrapSucceeded WaitingFor/);
});

test('what runs on its host comes first', () => {
  const operation = { operation: 'join', generation: 1, state: 'Running', step: 'RunBootstrapCommands' };
  const host = byoHost('h', { status: { reported: reportedHost({ operation }) } });
  expect(describeMachine(machineWith(), [host])).toBe('on h: join RunBootstrapCommands');
});
