// Short commands whose failure is an error: named by the command, with the end of what it said.
import { ByoError, printable } from '../../common/errors.ts';
import type { CommandResult, Host } from '../host/host.ts';

type RunOptions = NonNullable<Parameters<Host['run']>[1]>;

/**
 * Runs a command that must succeed. Only for commands whose output holds no secret: its end goes into the message.
 * @throws ByoError `StepFailed`, retryable: services start late, locks are held, disks fill and are freed
 */
export async function runCommand(host: Host, argv: string[], options?: RunOptions): Promise<CommandResult> {
  const result = await host.run(argv, options);
  if (result.exitCode === 0) return result;
  const said = printable((result.stderr || result.stdout).slice(-600), 600);
  throw new ByoError('StepFailed', `${argv.slice(0, 4).join(' ')} ended with ${result.exitCode}: ${said}`, {
    remedy: 'It is tried again; `journalctl` on the host tells more',
    retryable: true,
  });
}
