import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bundle } from './bundle.ts';

const root = dirname(import.meta.dirname);

/** Where it goes wrong is line 4; a library is beside it, whose lines need no map. */
const SOURCE = `import { parse } from '${join(root, 'node_modules/yaml/dist/index.js')}';
type Fault = Error;
const why: string = parse('a: b').a;
const fault: Fault = new RangeError(why);
process.stdout.write(String(fault.stack));
`;

test('a bundled program names the lines of its source, and its map tells of our lines alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'byo-bundle-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'begin.ts'), SOURCE);
  await bundle({ root: folder, entries: { main: 'begin.ts' }, folder, format: 'esm' });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const { stdout } = await promisify(execFile)(process.execPath, ['--enable-source-maps', join(folder, 'main.js')]);
  expect(stdout).toMatch(/RangeError: b\n\s+at .*begin\.ts:4:22/);
  const sizeOf = async (name: string) => (await stat(join(folder, name))).size;
  expect(await sizeOf('main.js.map')).toBeLessThan((await sizeOf('main.js')) / 2);
});
