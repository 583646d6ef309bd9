// Mounts as lines that can be compared: those of sessions, services, snaps and other containers come and go.
import type { Mount } from '../linux/mounts.ts';

const MOVING_MOUNT =
  /^\/(run\/(user|credentials|systemd|netns$|containers)|proc\/sys\/fs\/binfmt_misc|snap|var\/lib\/(containers|snapd|private))(\/|$)/;

/** `/mnt (ext4)` for every mount that a person or a program has made to stay; automounts count by what they mount. */
export function describeMounts(mounts: readonly Mount[], isOurs: (target: string) => boolean): string[] {
  return mounts
    .filter(({ target, type }) => type !== 'autofs' && !MOVING_MOUNT.test(target) && !isOurs(target))
    .map(({ target, type }) => `${target} (${type})`);
}
