// Lines of ours in front of a document's script.

/** cloud-init runs scripts with this umask; our units have a stricter one. */
export const CLOUD_INIT_UMASK = 'umask 022';

/** Puts a line behind the `#!` line, so that the script's own line numbers are off by one and nothing else changes. */
export function withPreamble(script: string, line: string): string {
  const end = script.indexOf('\n') + 1;
  return `${script.slice(0, end)}${line}\n${script.slice(end)}`;
}
