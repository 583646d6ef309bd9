// The steps of operations that have ended, as a table of Markdown: beside one bar an operation, Temporal's UI shows each step.
import type { OperationResult } from '../api/activities.ts';

/** One table an operation that told its steps. What a host says is hostile: it formats nothing, and has its bounds. */
export function describeSteps(results: readonly OperationResult[]): string[] {
  return results.flatMap(({ operation, steps }) => (isList(steps) ? [tableOf(operation, steps)] : []));
}

type Step = { step: string; startedAt: string; seconds: number; attempts: number };

/** Written down by a gateway of this release, by one of another, or by somebody else. */
function isList(steps: unknown): steps is Step[] {
  return Array.isArray(steps) && steps.length > 0;
}

const MOST_STEPS = 32;

function tableOf(operation: string, steps: readonly Step[]): string {
  const rows = steps
    .slice(0, MOST_STEPS)
    .map(
      ({ step, startedAt, seconds, attempts }) => `| ${[step, startedAt, seconds, attempts].map(asCell).join(' | ')} |`,
    );
  return [
    `**${asCell(operation)}**`,
    '',
    '| step | began | seconds | attempts |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Letters, digits and what times and names of operations are made of; nothing that formats, links or ends a cell. */
function asCell(value: unknown): string {
  return String(value)
    .replace(/[^\w.:+#/ -]/g, '')
    .slice(0, 64);
}
