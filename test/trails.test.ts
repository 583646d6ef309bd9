// Guards the trails of docs/trails.md: every file is there, is found from one before it, and there are not more than said.
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { files, root } from './support/repository.ts';

/** The bound of each trail, and which of its files count. */
const TRAILS = [
  { heading: 'From `kubectl apply` to a claimed host', most: 14, counted: /./ },
  { heading: 'From an order to a step on the host', most: 11, counted: /^(agent|activities\/host)\// },
  { heading: 'From a deletion to a clean host', most: 34, counted: /./ },
  { heading: 'From an error on the host to what kubectl shows', most: 26, counted: /./ },
];

/** A file of a trail; `name`: what it shares with one before it, where no import leads to it. */
type Stop = { path: string; name?: string };

const page = readFileSync(join(root, 'docs/trails.md'), 'utf8');

function stopsOf(heading: string): Stop[] {
  const [, section = ''] = page.split(`## ${heading}\n`);
  const [trail = ''] = section.split('\n## ');
  const found: Stop[] = [];
  let name: string | undefined;
  for (const [, shared, path] of trail.matchAll(/‖\s+`(\w+)`|`([\w./-]+\/[\w-]+\.ts)`/g)) {
    name = shared ?? name;
    if (path === undefined) continue;
    found.push(name === undefined ? { path } : { path, name });
    name = undefined;
  }
  return found;
}

const sourceOf = (path: string): string => readFileSync(join(root, path), 'utf8');

const importsOf = (path: string): string[] =>
  [...sourceOf(path).matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(([, target = '']) =>
    normalize(join(dirname(path), target)),
  );

function isFound({ path, name }: Stop, before: Stop[]): boolean {
  if (name === undefined) return before.some((one) => importsOf(one.path).includes(path));
  const bears = new RegExp(`\\b${name}\\b`);
  return bears.test(sourceOf(path)) && before.some((one) => bears.test(sourceOf(one.path)));
}

test.each(TRAILS)('$heading: every file is there, and found from one before it', ({ heading }) => {
  const stops = stopsOf(heading);
  expect(stops.filter(({ path }) => !files.includes(path))).toEqual([]);
  expect(stops.filter((stop, index) => index > 0 && !isFound(stop, stops.slice(0, index)))).toEqual([]);
});

test.each(TRAILS)('$heading: at most $most files', ({ heading, most, counted }) => {
  const paths = stopsOf(heading).map(({ path }) => path);
  const opened = new Set(paths.filter((path) => counted.test(path)));
  expect(paths.length).toBeGreaterThan(0);
  expect(opened.size).toBeLessThanOrEqual(most);
  expect(page).toContain(`## ${heading}\n\nAt most ${most} files`);
});
