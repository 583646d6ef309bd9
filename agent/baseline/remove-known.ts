// Takes away what Kubernetes and pod networks have left beside files: links, routes, rules, mounts, settings, empty folders.
import type { Host } from '../host/host.ts';
import { mustRun } from '../linux/must-run.ts';
import type { Baseline, Difference } from './baseline.ts';
import { compareBaseline, splitSetting, type Comparison } from './compare-baseline.ts';
import { gatherBaseline } from './gather-baseline.ts';
import { KNOWN_CHAINS } from './known-kinds.ts';

/**
 * Rules by the machine's own tools, one transaction a table: what leads into known chains goes, then the chains. Nothing
 * else is touched, since rules that others write meanwhile must survive. Constant text, so that nothing can be injected.
 */
const REMOVE_RULES = `for tool in iptables ip6tables; do
  command -v "$tool-save" >/dev/null || continue
  "$tool-save" | awk '
    /^\\*/ { print; chains = ""; next }
    /^COMMIT/ { printf "%s", chains; print; next }
    /^:${KNOWN_CHAINS}/ { name = substr($1, 2); print "-F " name; chains = chains "-X " name "\\n"; next }
    /^-A ${KNOWN_CHAINS}/ { next }
    / -[jg] ${KNOWN_CHAINS}/ || / --comment "?(cali:|flanneld )/ { sub(/^-A/, "-D"); print }
  ' | "$tool-restore" --noflush --wait 10 || exit 1
done`;

/**
 * Removes the known differences to `before` and answers what is different now. Look first, so that a second call finds
 * nothing to do; what does not go (in use, busy) is still in the answer, and the caller tries again.
 */
export async function removeKnown(host: Host, before: Baseline | undefined): Promise<Comparison> {
  const { known, ...rest } = compareBaseline(before, await gatherBaseline(host));
  if (known.length === 0) return { known, ...rest };
  if (known.some(({ kind }) => kind === 'rule')) await mustRun(host, ['sh', '-c', REMOVE_RULES]);
  // Deepest first, where one thing stands in another.
  for (const difference of known.toReversed()) await remove(host, difference);
  const left = compareBaseline(before, await gatherBaseline(host));
  // A folder that is not empty belongs to whoever filled it; what Kubernetes would have filled it with is looked for.
  return { ...left, known: left.known.filter(({ kind }) => kind !== 'folder') };
}

/** A failure shows in the next look, which names what still stands. */
async function remove(host: Host, { kind, what, was = '' }: Difference): Promise<void> {
  const [command, ...rest] = commandFor(kind, what) ?? [];
  if (command !== undefined) await host.run([command, ...rest]);
  if (kind === 'sysctl') await host.run(['sysctl', '--quiet', '--write', `${splitSetting(what)[0]}=${was}`]);
  if (kind === 'mount') await host.run(['rm', '--force', '--', targetOf(what)]);
}

function commandFor(kind: Difference['kind'], what: string): string[] | undefined {
  if (kind === 'link') return ['ip', 'link', 'delete', what];
  if (kind === 'mount') return ['umount', '--', targetOf(what)];
  if (kind === 'folder') return ['rmdir', '--', what];
  if (kind === 'route') return routeCommand(what);
  const [, table] = /^nft table (.*)$/.exec(kind === 'rule' ? what : '') ?? [];
  return table === undefined ? undefined : ['nft', 'delete', 'table', ...table.split(' ')];
}

/** The line of `ip route show` is what `ip route delete` takes; policy rules are never known. */
function routeCommand(what: string): string[] {
  const [family = '-4', ...route] = what.split(' ');
  return ['ip', family, 'route', 'delete', ...route];
}

/** `/run/netns/cni-1 (nsfs)`. */
function targetOf(what: string): string {
  return what.slice(0, what.lastIndexOf(' ('));
}
