// Mounts as lines that can be compared: those of sessions, services, snaps and other containers come and go.

const MOVING_MOUNT =
  /^\/(run\/(user|credentials|systemd|netns$|containers)|proc\/sys\/fs\/binfmt_misc|snap|var\/lib\/(containers|snapd|private))(\/|$)/;

export type Mount = { target: string; type: string };

/** `mountinfo` as in proc(5), in the order of mounting. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ');
      return { target: unescape(fields[4] ?? ''), type: fields[fields.indexOf('-') + 1] ?? '' };
    });
}

/** `/mnt (ext4)` for every mount that a person or a program has made to stay; automounts count by what they mount. */
export function describeMounts(mounts: readonly Mount[], isOurs: (target: string) => boolean): string[] {
  return mounts
    .filter(({ target, type }) => type !== 'autofs' && !MOVING_MOUNT.test(target) && !isOurs(target))
    .map(({ target, type }) => `${target} (${type})`);
}

/** Blank, tab, newline and backslash are octal. */
function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
