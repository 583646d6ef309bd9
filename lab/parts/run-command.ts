// The one place where the lab's parts start programs: output is captured and shown only when a program fails.
import { execa } from 'execa';

/** How a program is run. `environment` adds to the process's own. */
export type RunOptions = { folder?: string; environment?: Record<string, string> };

const shownLines = 40;

/**
 * Runs a program to its end and returns its standard output.
 * @throws Error with the exit code and the last lines of output, the program's own words being the best cause there is.
 */
export async function runCommand(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await execa(command, args, {
    all: true,
    reject: false,
    stdin: 'ignore',
    env: options.environment ?? {},
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
  });
  if (!result.failed) return result.stdout;
  throw new Error(describeFailure([command, ...args], result));
}

function describeFailure(
  words: readonly string[],
  result: { exitCode?: number | undefined; all?: string | undefined; shortMessage?: string | undefined },
): string {
  const tail = (result.all ?? '').split('\n').slice(-shownLines).join('\n').trim();
  const line = words.join(' ').slice(0, 300);
  const how =
    result.exitCode === undefined ? (result.shortMessage ?? 'could not start') : `exit code ${result.exitCode}`;
  return `\`${line}\` failed (${how})${tail === '' ? '' : `:\n${tail}`}`;
}
