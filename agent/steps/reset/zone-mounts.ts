// Whose the mounts below the zones are.
import { listSelfBinds, type Mount } from '../../linux/mounts.ts';
import type { ZoneToEmpty } from '../../zones/plan-reset.ts';

/** Where the kubelet and containerd mount for pods, by zone: these go with the pods. */
const POD_MOUNTS: Record<string, readonly string[]> = {
  '/var/lib/kubelet': ['pods/', 'plugins/'],
  '/run/containerd': [''],
  '/var/lib/containerd': [''],
};

type Mounted = { target: string; isOwn: boolean; isKept: boolean };

/**
 * Mounts below the zones, deepest first, then zones on themselves: of Kubernetes, or foreign. The kernel tells of resolved
 * paths alone, so the zones are told by them as well. Mounts that were there before the claim are neither. Pure.
 */
export function decideMounts(
  mounts: readonly Mount[],
  zones: readonly ZoneToEmpty[],
): { own: string[]; foreign: string[] } {
  const below = mounts.flatMap(({ target }) => judge(target, zones) ?? []).toReversed();
  const targets = (isWanted: (mount: Mounted) => boolean) => below.filter(isWanted).map(({ target }) => target);
  const selfBinds = listSelfBinds(
    mounts,
    zones.map(({ real }) => real),
  );
  return {
    own: [...targets(({ isOwn, isKept }) => isOwn && !isKept), ...selfBinds],
    foreign: targets(({ isOwn, isKept }) => !isOwn && !isKept),
  };
}

function judge(target: string, zones: readonly ZoneToEmpty[]): Mounted | undefined {
  const zone = zones.find(({ real }) => target.startsWith(`${real}/`));
  if (!zone) return undefined;
  const place = target.slice(zone.real.length + 1);
  return {
    target,
    isOwn: (zone.podMounts ?? POD_MOUNTS[zone.path] ?? []).some((folder) => place.startsWith(folder)),
    isKept: zone.kept.has(Buffer.from(place).toString('latin1')),
  };
}
