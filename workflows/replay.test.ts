// Replays every recorded history with the workflow as it is now: a machine in the field must survive an upgrade.
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { parseHistory, type WorkflowHistory } from '../test/integration/workflow/history-file.ts';
import { buildWorkflowBundle } from '../workers/workflow-bundle.ts';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'histories');

// A replay that fails is logged by the SDK with its whole history; the assertion says it in one line.
Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });

/** Bundling and replaying all of them takes seconds, and a busy machine many times that. */
const PATIENCE = 180_000;

type Recorded = { workflowId: string; history: WorkflowHistory };

type Reading = { from?: string; change?: (text: string) => string };

async function readHistories({ from = folder, change = (text) => text }: Reading = {}): Promise<Recorded[]> {
  const names = (await readdir(from)).filter((name) => name.endsWith('.json')).toSorted();
  return Promise.all(
    names.map(async (workflowId) => {
      const text = await readFile(join(from, workflowId), 'utf8');
      return { workflowId, history: parseHistory(change(text)) };
    }),
  );
}

/** Those that fail, and with what. */
async function replay(histories: Recorded[]): Promise<[string, string][]> {
  const workflowBundle = await buildWorkflowBundle();
  const failed: [string, string][] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    if (error) failed.push([workflowId, error.name]);
  }
  return failed;
}

test('every recorded history replays', { timeout: PATIENCE }, async () => {
  const histories = await readHistories();
  expect(histories.length).toBeGreaterThan(5);
  expect(await replay(histories)).toEqual([]);
});

test('a history that is not ours does not', { timeout: PATIENCE }, async () => {
  const histories = await readHistories({ change: (text) => text.replaceAll('"claimHost"', '"takeHost"') });
  expect((await replay(histories)).length).toBeGreaterThan(0);
});

test(
  'what was retired is ended and begun anew by the controller: none of it fails in another way',
  { timeout: PATIENCE },
  async () => {
    const histories = await readHistories({ from: join(folder, 'retired') });
    const failed = await replay(histories);
    // A run that has done nothing that is done otherwise now just goes on.
    expect(failed.length).toBeGreaterThan(histories.length / 2);
    expect(new Set(failed.map(([, error]) => error))).toEqual(new Set(['DeterminismViolationError']));
  },
);
