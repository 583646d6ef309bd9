// The one parser of mountinfo (proc(5)), and mounts as lines that can be compared: those of sessions, services, snaps and
// other containers come and go.

const MOVING_MOUNT =
  /^\/(run\/(user|credentials|systemd|netns$|containers)|proc\/sys\/fs\/binfmt_misc|snap|var\/lib\/(containers|snapd|private))(\/|$)/;

/** `root`: the folder of its file system that is seen at `target`. */
export type Mount = { id: string; parent: string; device: string; root: string; target: string; type: string };

/** `mountinfo` as in proc(5), in the order of mounting. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ');
      const [id = '', parent = '', device = '', root = '', target = ''] = fields;
      const type = fields[fields.indexOf('-') + 1] ?? '';
      return { id, parent, device, root: unescapeField(root), target: unescapeField(target), type };
    });
}

/** `/mnt (ext4)` for every mount that a person or a program has made to stay; automounts count by what they mount. */
export function describeMounts(mounts: readonly Mount[], isOurs: (target: string) => boolean): string[] {
  return mounts
    .filter(({ target, type }) => type !== 'autofs' && !MOVING_MOUNT.test(target) && !isOurs(target))
    .map(({ target, type }) => `${target} (${type})`);
}

/** Blank, tab, newline and backslash are octal in the kernel's tables of mounts and swaps. */
export function unescapeField(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
