// Commands on a host that must succeed.
import type { HostHandle } from '../../../lab/index.ts';

/** Its trimmed output. @throws Error with what it said on standard error */
export async function runArgv(host: HostHandle, argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await host.exec(argv);
  if (exitCode !== 0) throw new Error(`on ${host.name}: ${argv.join(' ')} ended with ${exitCode}: ${stderr}`);
  return stdout.trim();
}

/** The same for a line of shell. */
export function runOn(host: HostHandle, command: string): Promise<string> {
  return runArgv(host, ['sh', '-c', command]);
}
