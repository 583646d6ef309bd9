// What the agent loads before it goes on with what was cut off: nothing that takes as long as the Temporal SDK.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Packages that a program loads before its first line runs: imports of values, followed through our own files. */
function loadedBy(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export)(?! type)[^;]*?from '([^']+)';$/gm);
  return [...imports].flatMap(([, target = '']) =>
    target.startsWith('.') ? loadedBy(join(dirname(file), target), seen) : [target],
  );
}

test('the SDK of Temporal is loaded when the operations have been resumed, not before', () => {
  const packages = loadedBy(join(import.meta.dirname, 'main.ts'));
  expect(packages).toContain('commander');
  expect(packages.filter((name) => name.startsWith('@temporalio/'))).toEqual([]);
  expect(loadedBy(join(import.meta.dirname, 'work.ts'))).toContain('@temporalio/worker');
});
