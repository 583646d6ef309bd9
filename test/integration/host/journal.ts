// The journal of a host, read while its agent works.
import { z } from 'zod';
import type { HostHandle } from '../../../lab/index.ts';
import { runArgv } from './run-on.ts';

/** Claims, operations and steps in the journal of a host, as rows. */
export const Journal = z.object({
  claims: z.array(z.looseObject({ generation: z.number(), incarnation: z.string(), state: z.string() })),
  operations: z.array(z.looseObject({ generation: z.number(), operation: z.string(), state: z.string() })),
  steps: z.array(z.looseObject({ step: z.string(), attempt: z.number() })),
});
export type Journal = z.infer<typeof Journal>;

const NODE = '/usr/local/lib/byo-agent/current/bin/node';
const READ_JOURNAL = `
const { DatabaseSync } = require('node:sqlite');
const journal = new DatabaseSync('/var/lib/byo-agent/journal.sqlite', { readOnly: true });
const rows = (table, order) => journal.prepare('SELECT * FROM ' + table + ' ORDER BY ' + order).all();
console.log(JSON.stringify({
  claims: rows('claims', 'generation'),
  operations: rows('operations', 'generation, operation').map(({ input, ...row }) => row),
  steps: rows('steps', 'generation, operation, step'),
}));`;

/** Reads the journal of a host, with the agent's own Node; the agent goes on. */
export async function readJournal(host: HostHandle): Promise<Journal> {
  return Journal.parse(JSON.parse(await runArgv(host, [NODE, '--no-warnings', '-e', READ_JOURNAL])));
}
