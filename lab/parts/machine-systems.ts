// The operating systems that a machine of the lab can be booted with, and their names in Debian's archive.

export const machineSystems = { 'debian-11': 'bullseye', 'debian-12': 'bookworm', 'debian-13': 'trixie' } as const;
export type MachineSystem = keyof typeof machineSystems;

/** The one that a new machine has: that of the container hosts. */
export const usualSystem: MachineSystem = 'debian-12';
