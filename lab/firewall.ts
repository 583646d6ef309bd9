// What netavark leaves in iptables when its last network goes: recognised, and taken out when nobody else's podman needs it.
import { runChecked, runCommand } from './spawn.ts';

/** `iptables-save` without comments and counters; empty where there is no iptables. */
export async function readFirewall(): Promise<string[]> {
  const { exitCode, stdout } = await runCommand(['iptables-save']);
  if (exitCode !== 0) return [];
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && line !== 'COMMIT')
    .map((line) => line.replace(/ \[\d+:\d+\]$/, ''));
}

/**
 * Whether a container network is still behind these rules: its own chain, a forwarded subnet or a published port. The
 * scaffolding between them (NETAVARK_FORWARD, NETAVARK-HOSTPORT-*) says nothing: netavark never removes it.
 */
export function isNetavarkInUse(rules: string[]): boolean {
  const signs = [/^:NETAVARK-[0-9A-F]{13}\b/, /^-A NETAVARK_FORWARD /, /^-A NETAVARK-HOSTPORT-DNAT /];
  return rules.some((line) => signs.some((sign) => sign.test(line)));
}

/**
 * iptables calls that take netavark's scaffolding out of `now`, in order; pure. Nothing else is touched, and nothing at
 * all while a network uses it or when it was there `before`.
 */
export function decideFirewallCleanup(before: string[], now: string[]): string[][] {
  if (isNetavarkInUse(now) || before.some((line) => line.startsWith(':NETAVARK'))) return [];
  const tables = splitTables(now);
  return [...tables].flatMap(([table, lines]) => [
    ...lines.filter((line) => /^-A (?!NETAVARK).* -j NETAVARK/.test(line)).map((line) => deletionOf(table, line)),
    ...chainsOf(lines, /^NETAVARK/).map((chain) => ['-t', table, '-F', chain]),
    ...chainsOf(lines, /^NETAVARK/).map((chain) => ['-t', table, '-X', chain]),
  ]);
}

/** Tables that came since `before` and hold nothing but built-in chains that accept everything; pure. */
export function decideEmptyTables(before: string[], now: string[]): string[] {
  const known = splitTables(before);
  return [...splitTables(now)].flatMap(([table, lines]) =>
    !known.has(table) && lines.every(isEmptyChain) ? [table] : [],
  );
}

function isEmptyChain(line: string): boolean {
  return /^:[A-Z]+ ACCEPT$/.test(line);
}

/** Take netavark's scaffolding out of iptables; gives a line when it was left because others use it. */
export async function removeFirewallLeftovers(before: string[]): Promise<string[]> {
  const now = await readFirewall();
  if (isNetavarkInUse(now)) return ["kept netavark's iptables chains: containers that are not the lab's use them"];
  for (const args of decideFirewallCleanup(before, now)) await runChecked(['iptables', '-w', ...args]);
  for (const table of decideEmptyTables(before, await readFirewall())) {
    // Restoring nothing is the one call of iptables that takes a table away; -X keeps the built-in chains.
    await runChecked(['iptables-restore', '-w', '-T', table], { input: `*${table}\nCOMMIT\n` });
  }
  return [];
}

function splitTables(rules: string[]): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of rules) {
    if (line.startsWith('*')) tables.set(line.slice(1), (current = []));
    else current.push(line);
  }
  return tables;
}

function chainsOf(lines: string[], name: RegExp): string[] {
  return lines
    .filter((line) => line.startsWith(':'))
    .map((line) => line.slice(1).split(' ')[0] ?? '')
    .filter((chain) => name.test(chain));
}

function deletionOf(table: string, rule: string): string[] {
  const words = rule.match(/"[^"]*"|\S+/g) ?? [];
  return ['-t', table, '-D', ...words.slice(1).map((word) => word.replaceAll('"', ''))];
}
