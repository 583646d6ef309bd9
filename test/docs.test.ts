// What the pages of threats, faults and findings say is shown by a test must be there: each path, and each quoted name.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGES = ['SECURITY.md', 'docs/audit.md', 'docs/threats-and-faults.md', 'docs/trails.md', 'docs/road.md'];

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
/** As it stands in a test's source, whatever kind of apostrophe the page has. */
const plain = (text: string): string => text.replaceAll(/[’']/g, "'").replaceAll("\\'", "'");
const MUTANTS = readdirSync(join(root, 'test/security/mutants')).filter((name) => name.endsWith('.patch'));

test.each(PAGES)('every file that %s names is there', (page) => {
  const named = [...read(page).matchAll(/`([\w.-]+\/[\w./*-]*\.(?:ts|yaml|md|sh|service))`/g)].map(
    ([, path]) => path ?? '',
  );
  const missing = named.filter((path) =>
    path.includes('*') ? globSync(path, { cwd: root }).length === 0 : !existsSync(join(root, path)),
  );
  expect(missing).toEqual([]);
});

test.each(PAGES)('every test that %s quotes is in the file that it names', (page) => {
  const quoted = [...read(page).matchAll(/`([\w./-]+\.test\.ts)` \(“([^”…]+)[”…]/g)];
  const wrong = quoted.filter(([, file = '', name = '']) => !plain(read(file)).includes(plain(name).trim()));
  expect(wrong.map(([all]) => all)).toEqual([]);
});

test('every mutant of a finding stands in docs/audit.md, and every one named there is a patch', () => {
  const page = read('docs/audit.md');
  const named = [...page.matchAll(/`([abcd]\d+-[\w-]+)`/g)].map(([, name]) => `${name}.patch`);
  const findings = MUTANTS.filter((name) => /^[abcd]\d/.test(name));
  expect(named.toSorted()).toEqual(findings.toSorted());
});
