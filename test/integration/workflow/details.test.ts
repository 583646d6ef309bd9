// What a person finds in Temporal's UI: current details, a summary beside each activity, attributes to search by.
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openBench, type Bench } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => bench.close());

test('a waiting machine tells phase, host and cause, and can be found by each', async () => {
  const machine = bench.addMachine('shown');
  machine.world.state.bootstrapGate = { reason: 'WaitingForBootstrapData', message: 'no `Secret` yet' };
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=Unknown/WaitingForBootstrapData');
  // The condition is written with an effect that comes just before the wait.
  await vi.waitFor(async () => {
    const metadata = await machine.handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toBe(
      '**Bootstrap**\n- machine: `default/shown`\n- host: `host-1`\n' +
        '- waiting: **WaitingForBootstrapData** `no Secret yet`',
    );
  }, 10_000);
  const { typedSearchAttributes } = await machine.handle.describe();
  const found = typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
  expect(Object.fromEntries(found)).toMatchObject({
    ByoCluster: 'demo',
    ByoHost: 'host-1',
    ByoPhase: 'Bootstrap',
    ByoMachine: 'default/shown',
    ByoWaiting: 'WaitingForBootstrapData',
  });
  const { events } = await machine.handle.fetchHistory();
  const scheduled = (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes);
  expect(scheduled.every((event) => event.userMetadata?.summary)).toBe(true);
});

test('an operation that failed shows its steps, and where it ended', async () => {
  const machine = bench.addMachine('failed');
  const step = { startedAt: '2026-01-01T00:00:00Z', seconds: 2, attempts: 1 };
  const steps = [
    { ...step, step: 'WriteUnits' },
    { ...step, step: 'FetchBundle', attempts: 3, bytes: 5e6, failed: true },
  ];
  const details = ['Make it anew', { steps }];
  const failed = ApplicationFailure.create({ type: 'BundleInvalid', message: 'no index', nonRetryable: true, details });
  machine.world.host.outcomes.set('install/v1.36.3', failed);
  await machine.lookAgain();
  await machine.untilCondition('HostPrepared=False/BundleInvalid');
  const metadata = await machine.handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(metadata.currentDetails).toContain('**install/v1.36.3** failed: BundleInvalid\n');
  expect(metadata.currentDetails).toContain('| FetchBundle - failed | 2026-01-01T00:00:00Z | 2 | 3 | 5.0 |  |');
});
