// Every step of a machine's life, in order. One constant per step: its journal key, the reason of the condition that
// waits for it, its metric label and its line in Temporal's UI.

/** Operation `install/<version>`: from a bare host to a running containerd and an enabled kubelet. */
export const INSTALL_STEPS = [
  'FetchBundle',
  'LoadKernelModules',
  'SetSysctls',
  'DisableSwap',
  'UnpackBinaries',
  'WriteContainerdConfig',
  'WriteUnits',
  'StartContainerd',
  'ImportImages',
  'WriteKubeletDropIn',
  'EnableKubelet',
] as const;

/** Operation `join`: the bootstrap document, executed as cloud-init would. */
export const JOIN_STEPS = [
  'ReadBootstrapDocument',
  'RunBootCommands',
  'WriteBootstrapFiles',
  'RunBootstrapCommands',
  'CheckSentinel',
  'EraseBootstrapData',
] as const;

/** Operation `drain`. */
export const DRAIN_STEPS = ['ReleaseEndpoint', 'CordonNode', 'EvictPods'] as const;

/** Operation `reset`: back to the host as it came. */
export const RESET_STEPS = [
  'StopOperations',
  'ReleaseEndpoint',
  'StopKubelet',
  'NoteFolders',
  'ResetKubeadm',
  'StopContainers',
  'UndoChanges',
  'EmptyOwnedZones',
  'CompareBaseline',
] as const;

/** Phases beside the controller, as the workflow names them in its current details. */
const PHASES = ['Claim', 'Prepare', 'Bootstrap', 'Ready', 'Drain', 'Reset', 'Release', 'Released'] as const;
export type Phase = (typeof PHASES)[number];

type InstallStep = (typeof INSTALL_STEPS)[number];
type JoinStep = (typeof JOIN_STEPS)[number];
type DrainStep = (typeof DRAIN_STEPS)[number];
type ResetStep = (typeof RESET_STEPS)[number];
export type HostStep = InstallStep | JoinStep | DrainStep | ResetStep;

/** What a host can be ordered to do. */
export const VERBS = ['install', 'join', 'drain', 'reset'] as const;
export type Verb = (typeof VERBS)[number];

/** The steps of each, in order. */
export const STEPS_OF = {
  install: INSTALL_STEPS,
  join: JOIN_STEPS,
  drain: DRAIN_STEPS,
  reset: RESET_STEPS,
} as const satisfies Record<Verb, readonly string[]>;

/** The verb of an operation's name; undefined for a name that is none. */
export function verbOf(operation: string): Verb | undefined {
  const [word] = operation.split(/[/#]/, 1);
  return VERBS.find((verb) => verb === word);
}

/**
 * Key of an operation in the journal of the host: `install/v1.36.3`, `join`, `drain`, `reset`, and `reset/keep-claim`
 * between two attempts of one claim. A later attempt is another operation (`join#1`): one that has ended stays ended.
 */
export function operationOf(verb: Verb, version?: string, attempt = 0, keepClaim = false): string {
  const suffix = attempt > 0 ? `#${attempt}` : '';
  if (verb === 'install' && version) return `install/${version}${suffix}`;
  return `${verb === 'reset' && keepClaim ? 'reset/keep-claim' : verb}${suffix}`;
}

/** The attempt that an operation's name carries; 0 for the first. */
export function attemptOf(operation: string): number {
  return Number(/#(\d+)$/.exec(operation)?.[1] ?? 0);
}
