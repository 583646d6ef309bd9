// Folders that nothing of a cluster may be written to or emptied in.

/** The agent's own folders, and the kernel's. */
export const DENIED_ROOTS: readonly string[] = [
  '/var/lib/byo-agent',
  '/etc/byo-agent',
  '/usr/local/lib/byo-agent',
  '/usr/lib/byo-agent',
  '/run/byo-agent',
  '/proc',
  '/sys',
  '/dev',
];

/** The path lies in a folder of the agent or of the kernel. */
export function isOffLimits(path: string): boolean {
  // /var/run is a link to /run everywhere we run.
  const real = path.replace(/^\/var\/run(?=\/|$)/, '/run');
  return DENIED_ROOTS.some((root) => real === root || real.startsWith(`${root}/`));
}
