import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ByoError } from '../../common/errors.ts';
import type { OperationPlan, Step } from './step.ts';
import { createTestWorld, installKey, joinKey, makeFile, runUnitStep, type TestWorld } from './test-runner.ts';

let world: TestWorld;

beforeEach(async () => {
  world = await createTestWorld();
});

afterEach(() => world.remove());

function failing(error: () => Error, times: number): Step<unknown> {
  let left = times;
  return {
    name: 'FetchBundle',
    look: async () => false,
    act: async () => {
      left -= 1;
      if (left >= 0) throw error();
    },
  };
}

/** A step that tells what the result shall say. */
const concludeStep = (name: Step<unknown>['name']): Step<unknown> => ({
  name,
  look: async () => false,
  act: async (context) => context.report({ conclusion: 'two of them' }),
});

const unavailable = (): ByoError =>
  new ByoError('BundleUnavailable', 'the registry does not answer', { remedy: 'Look at the link', retryable: true });

const invalid = (): ByoError =>
  new ByoError('BundleInvalid', 'a block is not what it should be', { remedy: 'Make it anew', retryable: false });

const broken = (): Error => new TypeError('unknown, so it may pass');

test('an operation runs its steps in order, once, and is answered from the journal after that', async () => {
  const effects: string[] = [];
  const plan = { steps: [makeFile('FetchBundle', effects), makeFile('ImportImages', effects)] };
  const { runner, journal, progress } = world.start();
  runner.authorize({ ...installKey, verb: 'install' });
  const [first, second] = await Promise.all([
    runner.perform(installKey, plan, {}),
    runner.perform(installKey, plan, {}),
  ]);
  expect(first).toMatchObject({ operation: 'install/v1.36.3', generation: 1, message: 'install/v1.36.3 is done' });
  expect(first.steps?.map(({ step, attempts }) => [step, attempts])).toEqual([
    ['FetchBundle', 1],
    ['ImportImages', 1],
  ]);
  expect(second).toEqual(first);
  expect(await runner.perform(installKey, plan, {})).toEqual(first);
  expect(effects).toEqual(['FetchBundle', 'ImportImages']);
  expect(progress.map(({ state, step }) => `${state} ${step}`)).toEqual([
    'Running FetchBundle',
    'Running ImportImages',
    'Succeeded ImportImages',
  ]);
  journal.close();
});

test('before the first step the claim is prepared, however often that fails; what only reads needs none of it', async () => {
  const said: string[] = [];
  const prepareClaim = async (): Promise<void> => {
    said.push('prepare');
    if (said.length === 1) throw new Error('iptables is locked');
  };
  const { runner, journal, progress } = world.start({ prepareClaim });
  runner.authorize({ ...installKey, verb: 'install' });
  await runner.perform({ ...installKey, operation: 'drain' }, { isReadOnly: true, steps: [] }, {});
  expect(said).toEqual([]);
  await runner.perform(installKey, { steps: [makeFile('FetchBundle', said)] }, {});
  expect(said).toEqual(['prepare', 'prepare', 'FetchBundle']);
  expect(progress.find(({ message }) => message === 'iptables is locked')?.state).toBe('Running');
  const reset = { ...installKey, operation: 'reset' };
  const { message } = await runner.perform(reset, { stopsOthers: true, steps: [concludeStep('UndoChanges')] }, {});
  expect(said).toEqual(['prepare', 'prepare', 'FetchBundle']);
  expect(message).toBe('reset is done: two of them');
  journal.close();
});

test('one operation changes the host at a time; one that only reads may run beside it', async () => {
  world.host.onUnit(() => undefined);
  const plan: OperationPlan<unknown> = { steps: [runUnitStep('RunBootstrapCommands', 'u')] };
  const { runner, journal } = world.start();
  runner.authorize({ ...joinKey, verb: 'join' });
  const joining = runner.perform(joinKey, plan, {});
  await expect.poll(() => world.host.started.length).toBe(1);
  await expect(runner.perform(installKey, { steps: [] }, {})).rejects.toMatchObject({
    reason: 'HostBusy',
    retryable: true,
  });
  const drain = { ...joinKey, operation: 'drain' };
  await runner.perform(drain, { steps: [makeFile('CordonNode', [])], isReadOnly: true }, {});
  expect(journal.findOperation(drain)).toBeUndefined();
  world.host.finishUnit('u', 0);
  await joining;
  await runner.perform(installKey, { steps: [] }, {});
  journal.close();
});

test('whoever performs what runs already attaches to it', async () => {
  world.host.onUnit(() => undefined);
  const plan: OperationPlan<unknown> = { steps: [runUnitStep('RunBootstrapCommands', 'u')] };
  const { runner, journal } = world.start();
  runner.authorize({ ...joinKey, verb: 'join' });
  const first = runner.perform(joinKey, plan, {});
  await expect.poll(() => world.host.started.length).toBe(1);
  const attached = runner.perform(joinKey, plan, {});
  world.host.finishUnit('u', 0);
  expect((await attached).message).toBe('join is done');
  expect(await first).toEqual(await attached);
  expect(world.host.started).toHaveLength(1);
  journal.close();
});

test('what may pass is tried for ever, with its reason', async () => {
  const { runner, journal, progress, waits } = world.start();
  runner.authorize({ ...installKey, verb: 'install' });
  await runner.perform(
    installKey,
    { steps: [failing(unavailable, 7), { ...failing(broken, 1), name: 'ImportImages' }] },
    {},
  );
  expect(waits).toHaveLength(8);
  const messages = progress.map(({ message }) => message).filter(Boolean);
  expect(messages).toEqual([
    'the registry does not answer. Look at the link',
    'unknown, so it may pass',
    'install/v1.36.3 is done',
  ]);
  expect(journal.findStep(installKey, 'FetchBundle')?.attempt).toBe(8);
  journal.close();
});

test('what cannot pass fails, and the same failure is answered again', async () => {
  const first = world.start();
  first.runner.authorize({ ...installKey, verb: 'install' });
  const failure = { reason: 'BundleInvalid', message: 'a block is not what it should be', remedy: 'Make it anew' };
  await expect(first.runner.perform(installKey, { steps: [failing(invalid, 1)] }, {})).rejects.toMatchObject(failure);
  expect(first.progress.at(-1)).toMatchObject({ state: 'Failed', step: 'FetchBundle' });
  first.kill();
  const { runner, journal } = world.start();
  await expect(runner.perform(installKey, { steps: [] }, {})).rejects.toMatchObject({ ...failure, retryable: false });
  journal.close();
});

test('nothing runs without its claim', async () => {
  const { runner, journal } = world.start();
  await expect(runner.perform(installKey, { steps: [] }, {})).rejects.toMatchObject({ reason: 'ClaimConflict' });
  runner.authorize({ ...installKey, verb: 'install' });
  expect(() => runner.authorize({ incarnation: 'b', generation: 2, verb: 'install' })).toThrow(
    expect.objectContaining({ reason: 'ClaimConflict', retryable: false }),
  );
  const other = { incarnation: 'b', generation: 2, operation: 'install/v1.36.3' };
  await expect(runner.perform(other, { steps: [] }, {})).rejects.toMatchObject({ reason: 'ClaimConflict' });
  journal.close();
});

test('arguments with secrets are on tmpfs while it runs, 0600, and nowhere afterwards', async () => {
  world.host.onUnit(() => undefined);
  const { runner, journal } = world.start();
  runner.authorize({ ...joinKey, verb: 'join' });
  const joining = runner.perform(
    joinKey,
    { steps: [runUnitStep('RunBootstrapCommands', 'u')] },
    { document: 'SECRET' },
  );
  await expect.poll(() => world.host.started.length).toBe(1);
  const [name = ''] = await world.host.list('/run/byo-agent/orders');
  const path = join(world.host.root, 'run/byo-agent/orders', name);
  expect(await readFile(path, 'utf8')).toContain('SECRET');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  world.host.finishUnit('u', 0);
  await joining;
  expect(await world.host.list('/run/byo-agent/orders')).toEqual([]);
  journal.close();
  expect(await readFile(join(world.folder, 'journal.db'), 'latin1')).not.toContain('SECRET');
});
