// The project's own files, for tests that guard its shape.
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';

/** The checkout. */
export const root = dirname(dirname(import.meta.dirname));

/** Every TypeScript file that is kept, or would be by the next commit, by its path from the root. */
export const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(Boolean);
