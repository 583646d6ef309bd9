// Mounts of this machine, and those that podman leaves behind.
import { readFileSync } from 'node:fs';
import { runCommand } from './spawn.ts';

/** Mount points, in the order of mounting. */
export function readMounts(): string[] {
  const lines = readFileSync('/proc/self/mounts', 'utf8').trimEnd().split('\n');
  return lines.map((line) => decodePath(line.split(' ')[1] ?? ''));
}

/** Mount points that came since `before` and are podman's: its store's and its network namespaces'; innermost first. */
export function decideUnmounts(o: { before: string[]; now: string[]; store: string }): string[] {
  const isPodmans = (path: string): boolean => path === '/run/netns' || path.startsWith(`${o.store}/`);
  return o.now.filter((path) => isPodmans(path) && !o.before.includes(path)).toReversed();
}

/** Unmount what podman left. What is busy is in use by somebody else's container and stays; gives a line for each. */
export async function unmountLeftovers(before: string[], store: string): Promise<string[]> {
  const lines: string[] = [];
  for (const path of decideUnmounts({ before, now: readMounts(), store })) {
    const { exitCode, stderr } = await runCommand(['umount', path]);
    if (exitCode !== 0) lines.push(`kept the mount ${path}: ${stderr.trim()}`);
  }
  return lines;
}

/** The kernel writes space, tab, newline and backslash as octal. */
function decodePath(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 8)));
}
