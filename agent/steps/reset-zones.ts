// What a reset empties, and whose the mounts below it are.
import { OWNED_ZONES } from './paths.ts';
import { listSelfBinds } from './self-binds.ts';

/** Zones, and what our containerd kept: a host that had another containerd was never claimable. */
export const RESET_ZONES = [...OWNED_ZONES, '/var/lib/containerd', '/run/containerd'];
/** Mounted by the kubelet and containerd for pods: these go with the pods. */
const POD_MOUNTS = ['/var/lib/kubelet/pods/', '/var/lib/kubelet/plugins/', '/run/containerd/', '/var/lib/containerd/'];

/** Mounts below the zones, deepest first, then zones on themselves: of Kubernetes, or foreign; `mountinfo` as in proc(5). Pure. */
export function decideMounts(mountinfo: string): { own: string[]; foreign: string[] } {
  const targets = mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4]?.replaceAll('\\040', ' ') ?? '')
    .filter(isBelowZone)
    .toReversed();
  const own = [...targets.filter(isPodMount), ...listSelfBinds(mountinfo, RESET_ZONES)];
  return { own, foreign: targets.filter((target) => !isPodMount(target)) };
}

/** Inside a zone, not the zone itself. */
export function isBelowZone(target: string): boolean {
  return RESET_ZONES.some((zone) => target.startsWith(`${zone}/`));
}

function isPodMount(target: string): boolean {
  return POD_MOUNTS.some((folder) => target.startsWith(folder));
}
