// Packet filter rules and sets of the machine, of both back ends of iptables and of nftables.
import type { Host } from '../host/host.ts';
import { readOutput } from '../linux/must-run.ts';
import { listFamilies } from '../linux/network.ts';
import { parseIptables, parseNftables } from './parse-rules.ts';

type Looks = Pick<Host, 'run' | 'stat'>;

/**
 * The machine's own tool, and the one of the other back end: kube-proxy and pod networks bring their own iptables, which
 * need not choose the machine's, and each back end is blind for what stands in the other.
 */
export async function readRules(host: Looks): Promise<string[]> {
  const lines: string[] = [];
  for (const family of await listFamilies(host)) {
    const tool = family === '-4' ? 'iptables' : 'ip6tables';
    lines.push(...parseIptables(tool, (await readOutput(host, [`${tool}-save`])) ?? ''));
    for (const name of await listOthers(host, tool))
      lines.push(...parseIptables(name, await readIfThere(host, [`${name}-save`])));
  }
  return [...lines, ...parseNftables((await readOutput(host, ['nft', '--stateless', 'list', 'ruleset'])) ?? '')];
}

/** `iptables v1.8.9 (nf_tables)` says which it is; one of before 1.8 says nothing, and is the legacy one. */
async function listOthers(host: Looks, tool: string): Promise<string[]> {
  const { exitCode, stdout } = await host.run([tool, '--version']);
  if (exitCode !== 0) return [`${tool}-legacy`, `${tool}-nft`];
  return [`${tool}-${stdout.includes('nf_tables') ? 'legacy' : 'nft'}`];
}

/** Names of ipset's sets. Without the tool nobody can have made one by it. */
export async function readSets(host: Pick<Host, 'run'>): Promise<string[]> {
  return (await readIfThere(host, ['ipset', 'list', '-name'])).split('\n').map((line) => line.trim());
}

/** Of a kernel that lacks what the tool asks for, which is no fault of the machine: then nothing of it is there. */
async function readIfThere(host: Pick<Host, 'run'>, argv: string[]): Promise<string> {
  const { exitCode, stdout } = await host.run(argv, { outputLimit: 16 * 1024 * 1024 });
  return exitCode === 0 ? stdout : '';
}
