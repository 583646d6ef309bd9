// A disk that is full, read-only or slow: what is done on the machine for it, as scripts; pure.

/** What becomes of a disk; `well` ends all of it. */
export const DISK_STATES = ['full', 'read-only', 'slow', 'well'] as const;
export type DiskState = (typeof DISK_STATES)[number];

const FILLER = '/var/lib/.lab-full';
const DELAY = '/sys/module/ubd/parameters/delay_ms';

/**
 * Full: everything there is given to one file, in no time, since its blocks are never written. Read-only: as a kernel does
 * with a disk that fails, whoever writes. Slow: each request takes `delayMs` longer.
 */
export function diskScript(state: DiskState, delayMs: number): string {
  const scripts: Record<DiskState, string> = {
    // It fails when nothing is left, and keeps what it got.
    full: `fallocate --length 64G ${FILLER} 2>/dev/null; sync; test "$(df --output=avail / | tail -n 1)" -eq 0`,
    'read-only': 'sync; echo u > /proc/sysrq-trigger; until grep -q " / ext4 ro" /proc/mounts; do sleep 0.1; done',
    slow: `echo ${delayMs} > ${DELAY}`,
    well: `mount -o remount,rw / && rm -f ${FILLER} && echo 0 > ${DELAY}`,
  };
  return scripts[state];
}
