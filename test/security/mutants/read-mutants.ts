// The mutants: patches whose first lines say which threat they belong to, what they take out, and which test must notice.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Mutant = z.object({
  file: z.string().describe('Path of the patch.'),
  threat: z
    .string()
    .regex(/^[ABCDT]\d+$/)
    .describe('Number of the threat (T, SECURITY.md) or of the finding of an audit (A to D, docs/audit.md).'),
  takesOut: z.string().min(1).describe('The protection that is gone.'),
  test: z.string().endsWith('.test.ts').describe('Test file that must fail.'),
  only: z.string().optional().describe('Pattern of the names of the tests that are run; all of the file without it.'),
  project: z.string().default('security').describe('Project of that file in vitest.config.ts.'),
});
export type Mutant = z.infer<typeof Mutant>;

/** All mutants of a folder, threats and findings in their order. Throws when one does not say what it is. */
export async function readMutants(folder: string): Promise<Mutant[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.patch'));
  const mutants = await Promise.all(files.map((name) => readMutant(join(folder, name))));
  const byNumber = new Intl.Collator('en', { numeric: true });
  return mutants.toSorted((a, b) => byNumber.compare(a.threat, b.threat));
}

async function readMutant(file: string): Promise<Mutant> {
  const text = await readFile(file, 'utf8');
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(text)?.[1];
  const said = {
    threat: field('Threat'),
    takesOut: field('Takes out'),
    test: field('Test'),
    only: field('Only'),
    project: field('Project'),
  };
  return Mutant.parse({ file, ...said });
}
