// The one place in the agent that starts programs: no shell, a clean environment, an end to everything they started.
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { ByoError } from '../../common/errors.ts';
import { feedStream } from '../../common/feed-stream.ts';
import { hasCode } from '../../common/system-error.ts';
import type { CommandResult } from './host.ts';

/** As `Host.run` says; `timeoutSeconds` defaults to 60, `outputLimit` to 64 KiB. */
export type RunOptions = {
  input?: Buffer | AsyncIterable<Uint8Array>;
  timeoutSeconds?: number;
  signal?: AbortSignal;
  outputLimit?: number;
};

/** PATH of commands and units: what kubeadm and containerd need is found below /usr/local as well. */
export const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const ENVIRONMENT = { PATH: SEARCH_PATH, HOME: '/root', LC_ALL: 'C.UTF-8' };
const DEFAULT_TIMEOUT_SECONDS = 60;
/** Exit code of a command that cannot be started, as shells have it. */
const NOT_FOUND = 127;
const OUTPUT_LIMIT = 64 * 1024;

/** @throws ByoError `StepFailed` (retryable) after the timeout; the signal's reason when aborted; an error of the input */
export async function runCommand(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  const [file, ...args] = argv;
  if (!file) throw new TypeError('a command needs a name');
  options.signal?.throwIfAborted();
  const child = start(file, args, options.input);
  const fed = feed(child, options.input);
  const { outputLimit } = options;
  const [stdout, stderr] = [collectTail(child.stdout, outputLimit), collectTail(child.stderr, outputLimit)];
  const guard = endOnAbort(child, options);
  const result = await child.finally(() => guard.release());
  options.signal?.throwIfAborted();
  if (guard.isTimedOut()) throw timedOut(file, options);
  const broken = await fed;
  if (broken) throw broken.failure;
  const exitCode = exitCodeOf(result);
  const said = exitCode === NOT_FOUND ? describe(result, stderr.text()) : stderr.text();
  return { exitCode, stdout: stdout.text(), stderr: said };
}

function exitCodeOf(result: { exitCode?: number; signal?: NodeJS.Signals }): number {
  if (result.exitCode !== undefined) return result.exitCode;
  return result.signal ? 128 + constants.signals[result.signal] : NOT_FOUND;
}

/** Why a command could not be started, when it said nothing itself. */
function describe(result: { shortMessage?: string | undefined }, stderr: string): string {
  return stderr || (result.shortMessage ?? '');
}

function start(file: string, args: string[], input: RunOptions['input']) {
  return execa(file, args, {
    ...(Buffer.isBuffer(input) ? { input } : { stdin: input === undefined ? 'ignore' : 'pipe' }),
    reject: false,
    buffer: false,
    // A session of its own, so that a timeout ends what it started as well.
    detached: true,
    cleanup: false,
    extendEnv: false,
    env: ENVIRONMENT,
    cwd: '/',
  });
}

/** Keeps the end of a stream; `limit` in bytes. */
function collectTail(stream: Readable, limit = OUTPUT_LIMIT): { text(): string } {
  let tail = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]);
    if (tail.length > limit) tail = tail.subarray(tail.length - limit);
  });
  return { text: () => tail.toString('utf8') };
}

/** A broken input (a corrupt archive) must not look like a failing command: that is ended, and the input's own error told. */
async function feed(child: Child, input: RunOptions['input']): Promise<{ failure: unknown } | undefined> {
  if (!child.stdin || input === undefined || Buffer.isBuffer(input)) return undefined;
  const broken = await feedStream(child.stdin, input);
  if (broken) killGroup(child.pid);
  return broken;
}

type Child = { readonly pid?: number; stdin: Writable | null; stdout: Readable; stderr: Readable };

function endOnAbort(child: Child, options: RunOptions): { release(): void; isTimedOut(): boolean } {
  const timeout = AbortSignal.timeout((options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000);
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
  let ended = false;
  const end = (): void => {
    ended = true;
    killGroup(child.pid);
    // Something that left the session may hold the pipes open for ever: we stop listening.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  signal.addEventListener('abort', end, { once: true });
  return { release: () => signal.removeEventListener('abort', end), isTimedOut: () => ended };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // The group has just ended by itself: there is nothing left to end.
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function timedOut(file: string, options: RunOptions): ByoError {
  const seconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  return new ByoError('StepFailed', `${file} did not end within ${seconds} s`, {
    remedy: 'It is tried again; see whether the machine is overloaded or the service it talks to hangs',
    retryable: true,
  });
}
