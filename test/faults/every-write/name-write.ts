// What a write of the journal is called: the same in every life, so that it can be told whether it has been seen.

/** One statement of a write, with its named values. */
export type Statement = { sql: string; values: Record<string, unknown> };

/**
 * Table, operation without its attempt, step, target or unit, and the state that is written: no time, no random value and
 * no claim is part of it. Of several statements the first speaks, but for the count of milestones.
 */
export function nameWrite(statements: readonly Statement[]): string {
  const first = statements.find(({ sql }) => !/^UPDATE identity\b/.test(sql));
  if (!first) return 'nothing';
  const { sql, values } = first;
  const [, table = sql] = /\b(?:INTO|UPDATE|FROM) (\w+)/.exec(sql) ?? [];
  const operation = textOf(values['operation']).replace(/#\d+$/, '');
  // The name of a unit ends with its claim: attempt, generation, a few letters of the incarnation.
  const unit = textOf(values['unit']).replace(/(-\d+)+-[0-9a-f]{4}$/, '');
  const about = ['step', 'kind', 'target'].map((name) => textOf(values[name]));
  return [table, operation, ...about, unit, stateIn(first)].filter((word) => word !== '').join(' ');
}

/** States are values of their own or the first literal of the statement. */
function stateIn({ sql, values }: Statement): string {
  const literal = /'([A-Z][a-z]+)'/.exec(sql)?.[1];
  return textOf(values['state']) || literal || (sql.startsWith('DELETE') ? 'Dropped' : 'Recorded');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Steps whose beginning or end is among the points. */
export function stepsIn(points: readonly string[]): Set<string> {
  return new Set(points.flatMap((point) => / steps \S+ (\w+) (?:Intended|Done)$/.exec(point)?.[1] ?? []));
}
