// `npm run demo -- --once`: there and back again by the command a user types, on hosts that come back as they were.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { SNAPSHOT_KINDS } from '../../../harness/host-snapshot.ts';
import { openInstance } from '../../../lab/index.ts';
import { Report, runDemoCommand } from '../../e2e/demo-run.ts';
import { instanceNameOf } from '../../support/instance-name.ts';

const NAME = instanceNameOf('e2e-once');
const inInstance = (...args: string[]) => runDemoCommand(['--instance', NAME, ...args]);

/** What `--once` adds to the report. */
const OnceReport = Report.extend({
  hostsClean: z.array(
    z.object({
      host: z.string(),
      clean: z.boolean(),
      compared: z.record(z.string(), z.int()),
      differences: z.array(z.unknown()),
    }),
  ),
  secondCluster: z.object({ name: z.string(), ready: z.boolean(), node: z.string(), seconds: z.number() }),
  script: z.object({
    steps: z.object({ fetch: z.literal(0), install: z.number(), kubeadm: z.number() }),
    seconds: z.number(),
  }),
  ratio: z.number(),
});
let report: z.infer<typeof OnceReport>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-once-'));
  await inInstance('down');
  const file = join(folder, 'report.json');
  await inInstance('--once', '--report', file);
  report = OnceReport.parse(JSON.parse(await readFile(file, 'utf8')));
});

afterAll(async () => {
  await inInstance('down');
  await rm(folder, { recursive: true });
});

test('both hosts came back as they were, and the one of the second cluster once more', () => {
  expect(report.hostsClean.map(({ host }) => host)).toEqual(['host1', 'host2', 'host1']);
  for (const { clean, compared, differences } of report.hostsClean) {
    expect({ clean, differences }).toEqual({ clean: true, differences: [] });
    expect(Object.keys(compared)).toEqual([...SNAPSHOT_KINDS]);
    expect(compared.file).toBeGreaterThan(5000);
  }
});

test('a second cluster stood on a host that was given back', () => {
  expect(report.secondCluster).toMatchObject({ name: 'second', ready: true });
  expect(report.nodes.map(({ name }) => name)).toContain(report.secondCluster.node);
});

test('the same work was done by a bare script, and ours stands in a ratio to it', () => {
  const { steps, seconds } = report.script;
  expect(steps.install + steps.kubeadm).toBeCloseTo(seconds, 0);
  expect(report.ratio).toBeGreaterThan(0);
});

test('four machines were claimed, installed, joined and reset, each once, and their workflows ended', () => {
  expect(report.workflows).toHaveLength(4);
  for (const { runs } of report.workflows) {
    const done = runs.flatMap(({ activities }) => activities.map(({ name }) => name));
    for (const name of ['claimHost', 'install', 'join', 'reset', 'releaseHost']) {
      expect(done.filter((one) => one === name)).toHaveLength(1);
    }
    expect(runs.at(-1)?.status).toBe('COMPLETED');
  }
});

test('the worker that was scaled away was drained and its Node deleted; a cluster that goes as a whole needs neither', () => {
  for (const name of ['drain', 'deleteNode']) {
    const drained = report.workflows.filter(({ runs }) =>
      runs.some(({ activities }) => activities.some((activity) => activity.name === name)),
    );
    expect(drained).toHaveLength(1);
  }
});

test('everything is torn down', async () => {
  await expect(openInstance(NAME)).rejects.toThrow(`there is no instance ${NAME}`);
});
