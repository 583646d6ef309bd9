import { afterEach, expect, test } from 'vitest';
import type { InstallArguments } from '../../../api/orders.ts';
import { closeWorlds, openWorld, playServices } from '../../testing/step-world.ts';
import { startContainerd } from './start-containerd.ts';

afterEach(closeWorlds);

const input: InstallArguments = { version: 'v1.36.3', bundle: { source: '/b' }, providerID: 'byoh://h/1' };

/** As containerd 2.3 prints it. */
const FAILED = `Type:         io.containerd.grpc.v1
ID:           cri
Requires:
              io.containerd.cri.v1
Error:
              Code:        Unknown
              Message:     failed to create CRI service: failed to create fsnotify watcher: too many open files
`;

/** A machine whose containerd loads its CRI plugin at its start number `loadsAt`, the first being 1. */
async function prepare(loadsAt: number) {
  const world = await openWorld('install/v1.36.3');
  let starts = 1;
  playServices(world.host);
  world.host.onRun((argv) => {
    if (argv.join(' ') === 'systemctl restart containerd.service') starts += 1;
    return argv.includes('id==cri') ? { stdout: starts < loadsAt ? FAILED : 'ID:           cri\n' } : undefined;
  });
  return world;
}

test('a containerd that came up without its CRI plugin is started again', async () => {
  const { context } = await prepare(2);
  await startContainerd.act(context, input);
  expect(await startContainerd.look(context, input)).toBe(true);
});

test('one that stays without it says why, and is tried again', async () => {
  const { context } = await prepare(4);
  const failed = { reason: 'StepFailed', retryable: true, message: expect.stringContaining('too many open files') };
  await expect(startContainerd.act(context, input)).rejects.toMatchObject(failed);
  expect(await startContainerd.look(context, input)).toBe(false);
  await expect(startContainerd.act(context, input)).rejects.toMatchObject(failed);
  await startContainerd.act(context, input);
  expect(await startContainerd.look(context, input)).toBe(true);
});
