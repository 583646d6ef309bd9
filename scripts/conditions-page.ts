// docs/conditions.md, made of the tables in api/: what each condition says, and each reason with cause and remedy.
import { CONDITION_TYPES } from '../api/reasons/condition-types.ts';
import { REASON_TABLES } from '../api/reasons/reasons.ts';

const HEAD = `# Conditions and reasons

Every condition of our kinds, and every reason that it may have, with its cause and what you can do. \`kubectl describe\`
shows them; \`byo explain REASON\` prints what stands here. The message of a condition names the object, host or file
at hand. The name of a step is the label of its metric too, and the word of a failure its \`type\` in Temporal's UI.

<!-- Generated from api/ by \`npm run generate\`; edit api/reasons/, not this file. -->`;

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (heads: string[], rows: string[]): string =>
  [row(...heads), row(...heads.map(() => '---')), ...rows].join('\n');

function typesOf(kind: string, types: Record<string, string>): string {
  const rows = Object.entries(types).map(([type, what]) => row(`\`${type}\``, what));
  return `### ${kind}\n\n${table(['Condition', 'What it says'], rows)}`;
}

function tableOf({ title, what, reasons }: (typeof REASON_TABLES)[number]): string {
  const rows = Object.entries(reasons).map(([reason, { cause, remedy }]) => row(`\`${reason}\``, cause, remedy ?? ''));
  return `### ${title}\n\n${what}\n\n${table(['Reason', 'Cause', 'What to do'], rows)}`;
}

/** The page as Markdown. */
export function conditionsPage(): string {
  const types = Object.entries(CONDITION_TYPES).map(([kind, of]) => typesOf(kind, of));
  const parts = [HEAD, '## Conditions', ...types, '## Reasons', ...REASON_TABLES.map(tableOf)];
  return `${parts.join('\n\n')}\n`;
}
