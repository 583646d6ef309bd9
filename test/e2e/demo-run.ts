// One run of the demo for the whole suite: the same command a user types, in an instance of its own.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const INSTANCE = 'e2e';

/** What the report of the demo must hold (the issue of the demo states it). */
export const Report = z.object({
  versions: z.record(z.string(), z.string()),
  nodes: z.array(
    z.object({
      name: z.string().min(1),
      ready: z.boolean(),
      version: z.string(),
      providerID: z.string(),
      machine: z.string().min(1),
      host: z.string().min(1),
    }),
  ),
  workflows: z.array(
    z.object({
      workflowId: z.string(),
      runs: z.array(
        z.object({
          runId: z.string(),
          status: z.string(),
          activities: z.array(z.object({ name: z.string(), queue: z.string(), attempts: z.int() })),
        }),
      ),
    }),
  ),
  seconds: z.object({ phases: z.record(z.string(), z.number()), machines: z.record(z.string(), z.number()) }),
});

/** Runs `npm run demo -- …` with its output shown; gives what it printed. Throws when it fails. */
export async function runDemoCommand(args: string[]): Promise<string> {
  const { stdout } = await execa('npm', ['run', '--silent', 'demo', '--', '--instance', INSTANCE, ...args], {
    cwd: root,
    stdin: 'ignore',
    stdout: ['pipe', 'inherit'],
    stderr: 'inherit',
  });
  return stdout;
}

/** Runs the demo and reads its report. */
export async function runDemoWithReport(): Promise<{ printed: string; report: z.infer<typeof Report> }> {
  const folder = await mkdtemp(join(tmpdir(), 'byo-report-'));
  try {
    const file = join(folder, 'report.json');
    const printed = await runDemoCommand(['--report', file]);
    return { printed, report: Report.parse(JSON.parse(await readFile(file, 'utf8'))) };
  } finally {
    await rm(folder, { recursive: true });
  }
}
