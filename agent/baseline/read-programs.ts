// What hangs in the traffic of the machine's own NICs, and what is pinned below /sys/fs/bpf.
import type { Host } from '../host/host.ts';
import { readOutput } from '../linux/must-run.ts';

export const PINS = '/sys/fs/bpf';
/** Where iproute2 and Cilium share maps: what is pinned there is of several owners. */
const SHARED = 'tc/globals';
/** Enough for every map of a pod network; the rest would only make the baseline large. */
const MOST = 500;

/** `eth0 clsact` for each place for programs, and `eth0 ingress pref 1 bpf cil_from_netdev-eth0` for what hangs there. */
export async function readPrograms(host: Pick<Host, 'run'>, links: readonly string[]): Promise<string[]> {
  const places = parsePlaces((await readOutput(host, ['tc', 'qdisc', 'show'])) ?? '');
  const lines: string[] = [];
  for (const link of places.filter((name) => links.includes(name))) {
    lines.push(`${link} clsact`);
    for (const side of ['ingress', 'egress'])
      lines.push(
        ...parseFilters(`${link} ${side}`, (await readOutput(host, ['tc', 'filter', 'show', 'dev', link, side])) ?? ''),
      );
  }
  return lines;
}

/** Links with a place for programs, of `tc qdisc show`: `qdisc clsact ffff: dev eth0 parent ffff:fff1`. */
export function parsePlaces(output: string): string[] {
  return [...output.matchAll(/^qdisc clsact \S+ dev (\S+)/gm)].map(([, link = '']) => link);
}

/** `filter protocol all pref 1 bpf chain 0 handle 0x1 cil_from_netdev-eth0 direct-action …`, of each priority one line. */
export function parseFilters(place: string, output: string): string[] {
  const found = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [, pref, kind = ''] = /^filter .*?\bpref (\d+) (\S+)/.exec(line) ?? [];
    if (pref === undefined) continue;
    const program = kind === 'bpf' ? (/ handle \S+ (\S+)/.exec(line)?.[1] ?? '') : '';
    // The first line of a priority names no program.
    if (program !== '' || !found.has(pref)) found.set(pref, `${place} pref ${pref} ${kind} ${program}`.trim());
  }
  return [...found.values()];
}

/** Names below the file system of pins, what is shared one by one; never through a link. */
export async function readPins(host: Pick<Host, 'list' | 'stat'>): Promise<string[]> {
  const names = (await list(host, PINS)).filter((name) => name !== 'tc');
  const shared = (await isFolder(host, `${PINS}/tc`)) ? await list(host, `${PINS}/${SHARED}`) : [];
  return [...names, ...shared.map((name) => `${SHARED}/${name}`)].slice(0, MOST);
}

async function list(host: Pick<Host, 'list' | 'stat'>, path: string): Promise<string[]> {
  return (await isFolder(host, path)) ? host.list(path) : [];
}

async function isFolder(host: Pick<Host, 'stat'>, path: string): Promise<boolean> {
  return (await host.stat(path))?.kind === 'directory';
}
