// The workflow bundle of a program that is bundled itself: it stands beside it, and nothing is built where it runs.
import { join } from 'node:path';
import type { BuildOptions } from './workflow-bundle.ts';

/** Name of the file beside the program. */
export const PREBUILT_WORKFLOWS = 'workflows.js';

/**
 * Stands in for that of workflow-bundle.ts, which packaging/bundle.ts replaces.
 * @public
 */
export function buildWorkflowBundle(_options: BuildOptions = {}): Promise<{ codePath: string }> {
  return Promise.resolve({ codePath: join(import.meta.dirname, PREBUILT_WORKFLOWS) });
}
