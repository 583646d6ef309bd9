// Takes known rules out of iptables, in the back end where they stand; whole tables of nftables go with the rest.
import type { Host } from '../host/host.ts';
import { mustRun } from '../linux/must-run.ts';
import type { Difference } from './baseline.ts';
import { KNOWN_CHAINS, KNOWN_RULE, SIGNED } from './known-kinds.ts';

/**
 * By the machine's own tools, one transaction a table: what leads into known chains goes, then the chains. Nothing else is
 * touched, since rules that others write meanwhile must survive. Constant text, so that nothing can be injected.
 */
const REMOVE_RULES = `for tool do
  command -v "$tool-save" >/dev/null || continue
  "$tool-save" | awk '
    /^\\*/ { print; chains = ""; next }
    /^COMMIT/ { printf "%s", chains; print; next }
    /^:${KNOWN_CHAINS}/ { name = substr($1, 2); print "-F " name; chains = chains "-X " name "\\n"; next }
    /^-A ${KNOWN_CHAINS}/ { next }
    / -[jg] ${KNOWN_CHAINS}/ || / --comment "?${SIGNED}/ { sub(/^-A/, "-D"); print }
  ' | "$tool-restore" --noflush --wait 10 || exit 1
done`;

const TOOL = /^(ip6?tables(?:-legacy|-nft)?) (\S+) (-A .*)$/;

/** @throws ByoError `StepFailed` (retryable) when a tool that told of them cannot take them away */
export async function removeRules(host: Host, known: readonly Difference[]): Promise<void> {
  const rules = known.filter(({ kind }) => kind === 'rule').map(({ what }) => what);
  const tools = new Set(rules.filter((what) => KNOWN_RULE.test(what) && /^ip6?tables/.test(what)).map(toolOf));
  if (tools.size > 0) await mustRun(host, ['sh', '-c', REMOVE_RULES, 'sh', ...tools]);
  for (const what of rules.filter((rule) => !KNOWN_RULE.test(rule))) await removeRule(host, what);
}

const toolOf = (what: string): string => what.slice(0, what.indexOf(' '));

/** One that names addresses of the cluster, by its own words. What others have taken away meanwhile is no failure. */
async function removeRule(host: Host, what: string): Promise<void> {
  const [, tool, table, rule = ''] = TOOL.exec(what) ?? [];
  if (tool === undefined) return;
  const input = Buffer.from(`*${table}\n${rule.replace(/^-A/, '-D')}\nCOMMIT\n`);
  await host.run([`${tool}-restore`, '--noflush', '--wait', '10'], { input });
}
