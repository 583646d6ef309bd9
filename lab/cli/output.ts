// How the lab's command line speaks: data on standard output, the rest on standard error.

/** Print data, to be read or piped. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

/** Say how it goes. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Say why it did not work; the stack only when DEBUG is set. */
export function sayError(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  say(`error: ${message}`);
  if (process.env['DEBUG'] !== undefined && error instanceof Error && error.stack !== undefined) say(error.stack);
}

/** Columns as wide as their widest cell. */
export function renderTable(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
