// Two sources, and the first is cut off in the middle: the second goes on with the same file.
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { closeWorlds, openWorld } from '../../../agent/testing/step-world.ts';
import { createInstallPlan } from '../../../agent/steps/install/plan.ts';
import { openBundle } from '../../../bundle/read/open-bundle.ts';
import { openFolder } from '../../../bundle/sources/source.ts';
import { makeBundle } from '../../../bundle/testing/fixtures.ts';
import { expectSentOnce, largestOf } from './fetching.ts';
import { serveFolder, startRelay } from './servers.ts';

/** A host that is told to install, and the first step of that. */
async function prepareHost() {
  const world = await openWorld('install/v1.36.3');
  onTestFinished(closeWorlds);
  const store = { dir: join(world.stateDir, 'store') };
  const [fetchBundle] = createInstallPlan({ store, platform: 'linux/amd64' }).steps;
  if (fetchBundle?.name !== 'FetchBundle') throw new Error('the first step of an install is another one');
  return { ...world, fetchBundle };
}

/** The same folder on two servers, each over a link of its own. */
async function serveTwice(folder: string) {
  const servers = [await serveFolder(folder, { slow: true }), await serveFolder(folder)];
  const [mirror, home] = await Promise.all(servers.map(({ port }) => startRelay(port)));
  if (!mirror || !home) throw new Error('there are two');
  const readLogs = () => Promise.all(servers.map(async (server) => server.log()));
  return { mirror, home, readLogs };
}

test('a host whose mirror goes away in the middle takes the rest from the bundle’s home', async () => {
  const { folder, digest } = await makeBundle();
  const { mirror, home, readLogs } = await serveTwice(folder);
  const { fetchBundle, context, reports } = await prepareHost();
  const [first, second] = [mirror, home].map(({ port }) => `http://127.0.0.1:${port}/`);
  const bundle = { source: second ?? '', mirrors: [first ?? ''], digest };
  const input = { version: 'v1.36.3', bundle, providerID: 'byoh://h/1' };
  const report: typeof context.report = (update) => {
    reports.push(update);
    if ((update.bytes ?? 0) > 5e6) mirror.cut();
  };
  await fetchBundle.act({ ...context, report }, input);
  expect(await fetchBundle.look(context, input)).toBe(true);
  const largest = largestOf(await openBundle({ source: openFolder(folder), digest, platform: 'linux/amd64' }));
  const sent = (await readLogs()).map((log) => log.filter(({ path }) => path.endsWith(largest.digest.slice(7))));
  expect(sent.map((requests) => requests.map(({ status }) => status))).toEqual([[200], [206]]);
  const bytes = sent.flat().map((one) => one.sent);
  expectSentOnce(largest, bytes);
  expect(reports.at(-1)).toEqual({ conclusion: `the bundle came from ${first} and ${second}` });
});
