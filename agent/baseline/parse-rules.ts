// Packet filter rules as lines that can be compared: each with its table, without counters, comments and empty chains.

/** Chains that the kernel's tables bring along: with policy ACCEPT they say nothing. */
const BARE_CHAIN = /^:(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) ACCEPT/;
/** Tables that iptables on nftables keeps: iptables-save tells of them already, and leaves empty ones standing. */
const TABLE_OF_IPTABLES = /^(ip|ip6) (filter|nat|mangle|raw|security)$/;

/** `output` of iptables-save or ip6tables-save; each line becomes `<tool> <table> <line>`. */
export function parseIptables(tool: string, output: string): string[] {
  const lines: string[] = [];
  let table = '';
  for (const line of output.split('\n').map((one) => one.trim())) {
    if (line.startsWith('*')) table = line.slice(1);
    if (!/^[:-]/.test(line) || BARE_CHAIN.test(line)) continue;
    lines.push(`${tool} ${table} ${line.replace(/ \[\d+:\d+\]$/, '')}`);
  }
  return lines;
}

/** `output` of `nft --stateless list ruleset`: `nft table <family> <name>`, and `nft <family> <name> <chain>: <rule>`. */
export function parseNftables(output: string): string[] {
  const tables = output.split(/^(?=table )/m).map((text) => text.split('\n').map((line) => line.trim()));
  return tables.flatMap(([head = '', ...body]) => {
    const [, table] = /^table (\S+ \S+) \{/.exec(head) ?? [];
    return table === undefined || TABLE_OF_IPTABLES.test(table)
      ? []
      : [`nft table ${table}`, ...listRules(table, body)];
  });
}

/** Elements of sets and maps come and go by themselves (fail2ban, timeouts): what is compared are the rules of chains. */
function listRules(table: string, body: readonly string[]): string[] {
  const lines: string[] = [];
  let block = '';
  for (const line of body) {
    const [, kind, name] = /^(chain|set|map|flowtable) (\S+) \{/.exec(line) ?? [];
    if (kind !== undefined) block = kind === 'chain' ? (name ?? '') : '';
    else if (block !== '' && !/^(}|#|$)/.test(line)) lines.push(`nft ${table} ${block}: ${line}`);
  }
  return lines;
}
