// The only module of the lab that starts processes: commands that end, terminals handed over, and long-lived processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { execa } from 'execa';

/** How a command ended. `exitCode` 124 = timed out, 127 = could not be started, 128+n = ended by signal n. */
export type CommandResult = { stdout: string; stderr: string; exitCode: number };

/** `env` is added to the calling process's own, without its proxies. `timeoutMs` none = for as long as it takes. */
export type CommandOptions = { input?: string; env?: Record<string, string>; cwd?: string; timeoutMs?: number };

/** A command that ended otherwise than by exit code 0; carries what it said. */
class CommandFailed extends Error {
  readonly result: CommandResult;

  constructor(argv: string[], result: CommandResult) {
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-12).join('\n');
    super(`${argv.slice(0, 6).join(' ')} ended with ${result.exitCode}${said ? `:\n${said}` : ''}`);
    this.name = 'CommandFailed';
    this.result = result;
  }
}

const PROXY = /^(https?|all|no)_proxy$/i;

/** Everything the lab talks to is on this machine: a proxy of the user's would answer instead. */
export function withoutProxies(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && !PROXY.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}

/** Run a command to its end; any exit code is an answer, not an error. Output is captured whole. */
export async function runCommand(argv: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv;
  const { input, cwd, timeoutMs } = options;
  const result = await execa(file, args, {
    reject: false,
    extendEnv: false,
    env: { ...withoutProxies(process.env), ...options.env },
    stripFinalNewline: false,
    maxBuffer: 64 * 1024 * 1024,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, forceKillAfterDelay: 2000 }),
  });
  const { stdout, stderr, timedOut } = result;
  if (timedOut) return { stdout, stderr: `${stderr}\ntimed out after ${timeoutMs} ms`, exitCode: 124 };
  return { stdout, stderr: stderr || (result.originalMessage ?? ''), exitCode: exitCodeOf(result) };
}

function exitCodeOf(result: { exitCode?: number; signal?: NodeJS.Signals }): number {
  if (result.exitCode !== undefined) return result.exitCode;
  return result.signal === undefined ? 127 : 128 + constants.signals[result.signal];
}

/** Run a command that must succeed and give its standard output, without the last newline. Throws CommandFailed. */
export async function runChecked(argv: string[], options: CommandOptions = {}): Promise<string> {
  const result = await runCommand(argv, options);
  if (result.exitCode !== 0) throw new CommandFailed(argv, result);
  return result.stdout.replace(/\n$/, '');
}

/** Hand the terminal to a command until it ends; gives its exit code. */
export async function runAttached(argv: string[], env: Record<string, string> = {}): Promise<number> {
  const [file = '', ...args] = argv;
  const result = await execa(file, args, { reject: false, stdio: 'inherit', env });
  return result.exitCode ?? 127;
}

/** A process that outlives us: own session, own log file (appended, 0600), exactly this environment. Gives its pid. */
export async function spawnDetached(o: {
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  log: string;
}): Promise<number> {
  const [file = '', ...args] = o.argv;
  const log = openSync(o.log, 'a', 0o600);
  try {
    const child = spawn(file, args, { detached: true, env: o.env, cwd: o.cwd, stdio: ['ignore', log, log] });
    await once(child, 'spawn');
    child.unref();
    return child.pid ?? 0;
  } finally {
    closeSync(log);
  }
}
