// A disk that takes no writes, met by what runs on the host.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OperationPlan } from './step.ts';
import {
  createTestWorld,
  installInput,
  installKey,
  joinInput,
  joinKey,
  plansWith,
  runUnitStep,
  type TestWorld,
} from './test-runner.ts';

let world: TestWorld;

beforeEach(async () => {
  world = await createTestWorld();
  world.host.onUnit(() => undefined);
});

afterEach(() => world.remove());

const unitPlan: OperationPlan<unknown> = { steps: [runUnitStep('RunBootstrapCommands', 'u')] };

test('a disk that takes no writes keeps nothing from being resumed: it is said, and what was begun goes on', async () => {
  const first = world.start();
  first.runner.authorize({ ...joinKey, verb: 'join' });
  first.runner.perform(joinKey, unitPlan, joinInput).catch(() => undefined);
  await expect.poll(() => world.host.started.length).toBe(1);
  first.journal.beginStop(joinKey);
  first.kill();
  const { host } = world;
  const stopUnit = host.stopUnit.bind(host);
  let failures = 2;
  host.stopUnit = async (unit) => {
    if (failures-- > 0) throw systemError('EROFS', '/var/lib/byo-agent/units/u.exit');
    return stopUnit(unit);
  };
  const { runner, journal, progress, waits } = world.start();
  await runner.resume(plansWith({ join: unitPlan }));
  expect(journal.findOperation(joinKey)?.state).toBe('Stopped');
  expect(waits).toHaveLength(2);
  const message = expect.stringMatching(/u.exit cannot be written: the file system is read-only/);
  expect(progress[0]).toMatchObject({ operation: 'join', state: 'Running', reason: 'DiskReadOnly', message });
  journal.close();
});

test.each([
  ['ENOSPC', 'DiskFull'],
  ['EDQUOT', 'DiskFull'],
  ['EROFS', 'DiskReadOnly'],
  ['EIO', 'DiskFailed'],
])('a step that meets %s waits as %s, and goes on by itself', async (code, reason) => {
  const broken = ['/etc/kubernetes/a', '/etc/kubernetes/b'];
  const plan: OperationPlan<unknown> = {
    steps: [
      {
        name: 'WriteUnits',
        look: async () => false,
        act: async () => {
          const path = broken.shift();
          if (path) throw systemError(code, path);
        },
      },
    ],
  };
  const { runner, journal, progress, waits } = world.start();
  runner.authorize({ ...installKey, verb: 'install' });
  await runner.perform(installKey, plan, installInput);
  expect(waits).toHaveLength(2);
  const waiting = progress.filter((it) => it.reason !== undefined);
  expect(waiting[0]).toMatchObject({
    step: 'WriteUnits',
    reason,
    message: expect.stringMatching(/kubernetes.*by itself/),
  });
  expect(journal.findOperation(installKey)?.state).toBe('Succeeded');
  journal.close();
});

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: it fails, open '${path}'`), { code, path });
}
