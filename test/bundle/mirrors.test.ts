// Two sources, and the first is cut off in the middle: the second goes on with the same file.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { INSTALL_STEPS } from '../../api/steps.ts';
import { closeWorlds, openWorld } from '../../agent/testing/step-world.ts';
import { createInstallPlan } from '../../agent/steps/install-plan.ts';
import { openBundle } from '../../bundle/read/open-bundle.ts';
import { openFolder } from '../../bundle/read/source.ts';
import { makeBundle } from '../../bundle/testing/fixtures.ts';
import { expectSentOnce, largestOf } from './fetching.ts';
import { serveFolder, startRelay } from './servers.ts';

test('a host whose mirror goes away in the middle takes the rest from the bundle’s home', async () => {
  const { folder, digest } = await makeBundle();
  const servers = [await serveFolder(folder), await serveFolder(folder)];
  const [mirror, home] = await Promise.all(servers.map(({ port }) => startRelay(port)));
  if (!mirror || !home) throw new Error('there are two');
  const world = await openWorld('install/v1.36.3');
  const [fetchBundle] = createInstallPlan({
    store: { dir: join(world.stateDir, 'store') },
    platform: 'linux/amd64',
  }).steps;
  expect(fetchBundle?.name).toBe(INSTALL_STEPS[0]);
  const address = (port: number) => `http://127.0.0.1:${port}/`;
  const bundle = { source: address(home.port), mirrors: [address(mirror.port)], digest };
  const report = (update: (typeof world.reports)[number]) => {
    world.reports.push(update);
    if ((update.bytes ?? 0) > 5e6) mirror.cut();
  };
  const input = { version: 'v1.36.3', bundle, providerID: 'byoh://h/1' };
  await fetchBundle?.act({ ...world.context, report }, input);
  expect(await fetchBundle?.look(world.context, input)).toBe(true);
  const largest = largestOf(await openBundle({ source: openFolder(folder), digest, platform: 'linux/amd64' }));
  const logs = await Promise.all(servers.map(async (server) => server.log()));
  const sent = logs.map((log) => log.filter(({ path }) => path.endsWith(largest.digest.slice(7))));
  expect(sent.map((requests) => requests.map(({ status }) => status))).toEqual([[200], [206]]);
  expectSentOnce(
    largest,
    sent.flat().map((one) => one.sent),
  );
  expect(world.reports.at(-1)).toEqual({
    conclusion: `the bundle came from ${bundle.mirrors[0]} and ${bundle.source}`,
  });
  await closeWorlds();
});
