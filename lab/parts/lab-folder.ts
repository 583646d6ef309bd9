// Where the lab's own sources are: beside this folder.
import { join } from 'node:path';

/** Absolute path of `lab/`. */
export const labFolder = join(import.meta.dirname, '..');
