// Writes what is generated from the schemas; with --check it writes nothing and fails when a file is not current.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { crdOf } from '../api/crd.ts';
import { KINDS } from '../api/kinds.ts';
import { GROUP } from '../api/names.ts';
import { conditionsPage } from './conditions-page.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const HEADER = '# Generated from api/ by `npm run generate`; edit the zod schema, not this file.\n';

/** Path (from the root of the project) and content of every generated file. */
export function generatedFiles(): Map<string, string> {
  const files = new Map([['docs/conditions.md', conditionsPage()]]);
  for (const kind of KINDS) {
    files.set(
      `deploy/crds/${GROUP}_${kind.plural}.yaml`,
      HEADER + stringify(crdOf(kind), { lineWidth: 120, aliasDuplicateObjects: false }),
    );
  }
  return files;
}

/** Generated files that are missing or differ from the schemas. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, content] of generatedFiles()) {
    const present = await readFile(join(root, path), 'utf8').catch(() => undefined); // absent is stale as well
    if (present !== content) stale.push(path);
  }
  return stale;
}

async function main(): Promise<void> {
  const stale = await staleFiles();
  if (process.argv.includes('--check')) {
    if (stale.length === 0) return;
    process.stderr.write(`not current: ${stale.join(', ')}\nrun: npm run generate\n`);
    process.exitCode = 1;
    return;
  }
  const files = generatedFiles();
  for (const path of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), files.get(path) ?? '');
    process.stdout.write(`${path}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
