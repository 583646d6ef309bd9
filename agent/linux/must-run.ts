// Short commands whose failure is an error: named by the command, with the end of what it said.
import { ByoError, printable } from '../../common/errors.ts';
import type { CommandResult, Host } from '../host/host.ts';

type RunOptions = NonNullable<Parameters<Host['run']>[1]>;

/** Exit code of a command that the machine does not have. */
const NO_SUCH_COMMAND = 127;
/** A firewall of some ten thousand rules, links of hundreds of pods: half of such an answer would be read wrongly. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

/**
 * Runs a command that must succeed. Only for commands whose output holds no secret: its end goes into the message.
 * @throws ByoError `StepFailed`, retryable: services start late, locks are held, disks fill and are freed
 */
export async function mustRun(host: Pick<Host, 'run'>, argv: string[], options?: RunOptions): Promise<CommandResult> {
  const result = await host.run(argv, options);
  if (result.exitCode === 0) return result;
  throw failed(argv, `ended with ${result.exitCode}: ${printable((result.stderr || result.stdout).slice(-600), 600)}`);
}

/**
 * All that a command prints; undefined when the machine does not have it, and so nothing of that kind.
 * @throws ByoError `StepFailed` (retryable) when it fails or says too much: half a look must never pass for a whole one
 */
export async function readOutput(host: Pick<Host, 'run'>, argv: string[]): Promise<string | undefined> {
  const result = await host.run(argv, { outputLimit: OUTPUT_LIMIT });
  if (result.exitCode === NO_SUCH_COMMAND) return undefined;
  if (result.exitCode !== 0) throw failed(argv, `ended with ${result.exitCode}: ${printable(result.stderr, 300)}`);
  if (result.stdout.length >= OUTPUT_LIMIT) throw failed(argv, 'says more than can be read');
  return result.stdout;
}

function failed(argv: readonly string[], how: string): ByoError {
  return new ByoError('StepFailed', `${argv.slice(0, 4).join(' ')} ${how}`, {
    remedy: 'It is tried again; `journalctl` on the host tells more',
    retryable: true,
  });
}
