// Takes the pictures of docs/ from a running demo: `node scripts/run.mjs scripts/screenshot.ts [INSTANCE]`.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWorkflows } from '../demo/report.ts';
import { openInstance } from '../lab/index.ts';
import { readCurrentDetails, readTimeline, withPage } from '../test/e2e/temporal-ui.ts';

const docs = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs');
const instance = await openInstance(process.argv[2] ?? 'demo');
const { ui } = instance.temporal;
const [machine] = await readWorkflows(instance);
if (!machine) throw new Error('no machine has a workflow yet: run the demo first');
const { workflowId, runs } = machine;
await withPage(async (page) => {
  await page.setViewportSize({ width: 1440, height: 1500 });
  await readTimeline(page, { ui, workflowId, runId: runs.at(0)?.runId ?? '', words: 'join on' });
  await page.getByText('Ascending').click();
  await page.getByText('join on').first().waitFor();
  await page.screenshot({ path: join(docs, 'temporal-timeline.png') });
  await page.setViewportSize({ width: 1440, height: 720 });
  await readCurrentDetails(page, { ui, workflowId, runId: runs.at(-1)?.runId ?? '', words: 'host:' });
  await page.screenshot({ path: join(docs, 'temporal-details.png') });
});
