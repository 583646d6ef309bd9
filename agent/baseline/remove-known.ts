// Takes away what Kubernetes and pod networks have left beside files: links, routes, rules, mounts, settings, empty folders.
import type { Host } from '../host/host.ts';
import type { Baseline, Difference } from './baseline.ts';
import { emptyFolder } from '../zones/empty-folder.ts';
import { compareBaseline, splitSetting, type Comparison } from './compare-baseline.ts';
import { gatherBaseline } from './gather-baseline.ts';
import { KERNELS_LINK, MOVED_LOCAL } from './known-kinds.ts';
import type { Reach } from './provenance.ts';
import { PINS } from './read-programs.ts';
import { removeRules } from './remove-rules.ts';

/**
 * Removes the known differences to `before` and answers what is different now. Look first, so that a second call finds
 * nothing to do; what does not go (in use, busy) is still in the answer, and the caller tries again.
 */
export async function removeKnown(host: Host, before: Baseline | undefined, reach: Reach): Promise<Comparison> {
  const { known, ...rest } = compareBaseline(before, await gatherBaseline(host), reach);
  if (known.length === 0) return { known, ...rest };
  await removeRules(host, known);
  // Deepest first, where one thing stands in another.
  for (const difference of known.toReversed()) await remove(host, difference);
  const left = compareBaseline(before, await gatherBaseline(host), reach);
  // A folder that is not empty belongs to whoever filled it; what Kubernetes would have filled it with is looked for.
  return { ...left, known: left.known.filter(({ kind }) => kind !== 'folder') };
}

/** A failure shows in the next look, which names what still stands. */
async function remove(host: Host, { kind, what, was = '' }: Difference): Promise<void> {
  if (MOVED_LOCAL.test(what) && !(await bringLocalBack(host, what))) return;
  if (kind === 'pin') await emptyPins(host, `${PINS}/${what}`);
  for (const command of COMMANDS[kind]?.(what, was) ?? []) await host.run(command);
}

/** Of a module or a unit none is ever known. */
const COMMANDS: Partial<Record<Difference['kind'], (what: string, was: string) => string[][]>> = {
  link: (what) => [['ip', 'link', 'delete', what]],
  address: (what) => addressCommands(what.split(' ')),
  route: (what) => [routeCommand(what.split(' '))],
  rule: (what) => (what.startsWith('nft table ') ? [['nft', 'delete', 'table', ...what.split(' ').slice(2)]] : []),
  set: (what) => [['ipset', 'destroy', what]],
  tc: (what) => [programCommand(what.split(' '))],
  pin: (what) => ['rmdir', 'rm'].map((command) => [command, '--', `${PINS}/${what}`]),
  mount: (what) => ['umount', 'rm'].map((command) => [command, '--', targetOf(what)]),
  sysctl: (what, was) => [['sysctl', '--quiet', '--write', `${splitSetting(what)[0]}=${was}`]],
  folder: (what) => [['rmdir', '--', what]],
};

/** A tunnel of the kernel's own cannot be deleted: without its address it is put down, as it came. */
function addressCommands([link = '', address = '']: string[]): string[][] {
  const down = KERNELS_LINK.test(link) && link !== 'lo' ? [['ip', 'link', 'set', link, 'down']] : [];
  return [['ip', 'address', 'delete', address, 'dev', link], ...down];
}

/** The line of `ip route show` is what `ip route delete` takes; that of `ip rule show` but for its priority. */
function routeCommand([family = '-4', ...route]: string[]): string[] {
  if (route[0] !== 'rule') return ['ip', family, 'route', 'delete', ...route];
  const [, priority = '', ...selector] = route;
  return ['ip', family, 'rule', 'delete', 'priority', priority.replace(':', ''), ...selector];
}

/**
 * The machine hears nothing any more without a rule for what is its own: the kernel's first one is put back before the one
 * that stood in for it goes.
 */
async function bringLocalBack(host: Host, what: string): Promise<boolean> {
  const [, family = '-4'] = MOVED_LOCAL.exec(what) ?? [];
  await host.run(['ip', family, 'rule', 'add', 'priority', '0', 'from', 'all', 'lookup', 'local']);
  return /^0:\s+from all lookup local/m.test((await host.run(['ip', family, 'rule', 'show'])).stdout);
}

/** `eth0 clsact`, `eth0 ingress pref 1 bpf …`. */
function programCommand([link = '', place = '', , pref = '']: string[]): string[] {
  if (place === 'clsact') return ['tc', 'qdisc', 'delete', 'dev', link, 'clsact'];
  return ['tc', 'filter', 'delete', 'dev', link, place, 'pref', pref];
}

/** In the one way in which folders are emptied here: through no link, and into no mount. */
async function emptyPins(host: Host, path: string): Promise<void> {
  if ((await host.stat(path))?.kind === 'directory') await emptyFolder(host.root ?? '', { path, kept: new Set() });
}

/** `/run/netns/cni-1 (nsfs)`. */
function targetOf(what: string): string {
  return what.slice(0, what.lastIndexOf(' ('));
}
