// The processor of this machine, in the words of those who ask.

/** Architectures that are built for, as Go and OCI name them. */
export type Architecture = 'amd64' | 'arm64';

/** Of the machine that this program runs on. */
export const ARCHITECTURE: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
/** The same as bundles name platforms. */
export const PLATFORM = `linux/${ARCHITECTURE}` as const;

/** The architecture that `uname -m` names; `other` is not built for. */
export function architectureOf(machine: string): Architecture | 'other' {
  if (machine === 'x86_64') return 'amd64';
  return machine === 'aarch64' || machine === 'arm64' ? 'arm64' : 'other';
}
