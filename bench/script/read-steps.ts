// Seconds of each step, as the agent's own journal on the host has them.
import { z } from 'zod';
import type { HostHandle } from '../../lab/index.ts';

const NODE = '/usr/local/lib/byo-agent/current/bin/node';
const READ = `
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync('/var/lib/byo-agent/journal.sqlite', { readOnly: true });
const rows = database.prepare('SELECT operation, step, startedAt, endedAt FROM steps WHERE endedAt IS NOT NULL ORDER BY startedAt').all();
process.stdout.write(JSON.stringify(rows));`;

const Rows = z.array(
  z.object({ operation: z.string(), step: z.string(), startedAt: z.iso.datetime(), endedAt: z.iso.datetime() }),
);

/** `operation/step` with its seconds, in the order in which they began; what an earlier look found done is 0. */
export async function readSteps(host: HostHandle): Promise<Record<string, number>> {
  const { exitCode, stdout, stderr } = await host.exec([NODE, '-e', READ]);
  if (exitCode !== 0) throw new Error(`the journal of ${host.name} cannot be read: ${stderr}`);
  const steps = Rows.parse(JSON.parse(stdout)).map(({ operation, step, startedAt, endedAt }) => {
    const seconds = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
    return [`${operation.split('/')[0]}/${step}`, seconds] as const;
  });
  return Object.fromEntries(steps);
}
