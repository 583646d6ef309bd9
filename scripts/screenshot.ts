// Takes the pictures of docs/: start it beside `npm run demo`, `node scripts/run.mjs scripts/screenshot.ts [INSTANCE]`.
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { readWorkflows, type WorkflowReport } from '../demo/report.ts';
import { openInstance, type Instance } from '../lab/index.ts';
import { readCurrentDetails, readTimeline, withPage } from '../test/e2e/temporal-ui.ts';

const docs = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs');

/** The first machine for which `isWanted`; machines come and move on while the demo runs. */
async function waitForMachine(
  instance: Instance,
  isWanted: (machine: WorkflowReport) => boolean,
): Promise<WorkflowReport> {
  for (;;) {
    const machine = (await readWorkflows(instance)).find(isWanted);
    if (machine) return machine;
    await delay(1000);
  }
}

const isReady = ({ runs }: WorkflowReport) => runs.length > 1;

/** The way to Ready, once it is behind: phase, machine, host, and every step with its time. */
async function takeDetails(page: Page, instance: Instance): Promise<void> {
  const { workflowId, runs } = await waitForMachine(instance, isReady);
  await page.setViewportSize({ width: 1440, height: 1440 });
  const runId = runs.at(0)?.runId ?? '';
  await readCurrentDetails(page, { ui: instance.temporal.ui, workflowId, runId, words: 'EraseBootstrapData' });
  await page.screenshot({ path: join(docs, 'temporal-details.png') });
}

/** When it has joined: every activity by name. */
async function takeTimeline(page: Page, instance: Instance): Promise<void> {
  const { workflowId, runs } = await waitForMachine(instance, isReady);
  await page.setViewportSize({ width: 1440, height: 1180 });
  await readTimeline(page, { ui: instance.temporal.ui, workflowId, runId: runs.at(0)?.runId ?? '', words: 'join on' });
  await page.getByText('Ascending').click();
  await page.getByText('join on').first().waitFor();
  await page.screenshot({ path: join(docs, 'temporal-timeline.png') });
}

const instance = await openInstance(process.argv[2] ?? 'demo');
await withPage(async (page) => {
  await takeDetails(page, instance);
  await takeTimeline(page, instance);
});
