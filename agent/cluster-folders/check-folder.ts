// Which folders may be called a cluster's on the word of its manifests: text of anybody who could write them.
import { posix } from 'node:path';
import { DENIED_ROOTS } from '../linux/off-limits.ts';
import { ZONES } from '../zones/zones.ts';

const words = (text: string): string[] => text.split(/\s+/);

/** Of the operating system, whatever is said of them: neither these nor what is in or around them. */
const SYSTEM_FOLDERS = words(`/bin /boot /lib /lib32 /lib64 /libx32 /sbin /usr /ostree /sysroot /nix /snap
  /etc/systemd /etc/ssh /etc/ssl /etc/pki /etc/apt /etc/pam.d`);
/** Folders of many things: what is below them may be a cluster's, they themselves are nobody's. */
const SHARED_FOLDERS = words(`/etc /home /media /mnt /opt /root /run /srv /tmp /var
  /var/cache /var/lib /var/log /var/opt /var/run /var/spool /var/tmp`);
const MAX_LENGTH = 1024;

/** The path as it is compared and shown; undefined for what is no plain absolute path. */
export function normalFolder(path: string): string | undefined {
  const isPlain = path.startsWith('/') && path.length <= MAX_LENGTH && !/\p{C}/u.test(path);
  if (!isPlain || path.split('/').includes('..')) return undefined;
  return posix
    .normalize(path)
    .replace(/^\/+/, '/')
    .replace(/(?<=.)\/$/, '');
}

/** Why a folder is not emptied, though a cluster has used it; `path` as `normalFolder` gives it. Pure. */
export function whyRefused(path: string): string | undefined {
  if (path === '/' || SHARED_FOLDERS.includes(path)) return 'it is a folder of the whole machine';
  if (/^\/home\/[^/]+$/.test(path)) return 'it is the home of a user';
  if (SYSTEM_FOLDERS.some((folder) => overlaps(path, folder))) return 'it belongs to the operating system';
  if (DENIED_ROOTS.some((folder) => overlaps(path, folder))) return 'it belongs to the agent or to the kernel';
  return ZONES.some((zone) => zone.startsWith(`${path}/`)) ? 'other folders of a node are in it' : undefined;
}

/** What a node fills on every host is taken care of already. */
export function isInZone(path: string): boolean {
  return ZONES.some((zone) => isWithin(path, zone));
}

function overlaps(path: string, folder: string): boolean {
  return isWithin(path, folder) || isWithin(folder, path);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
