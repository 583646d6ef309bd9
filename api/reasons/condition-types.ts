// What each condition says, kind by kind: docs/conditions.md and `byo explain` are made of this.
import type {
  CLEANUP_CONDITION,
  CLUSTER_CONDITIONS,
  ENROLLMENT_CONDITIONS,
  HOST_CONDITIONS,
  MACHINE_CONDITIONS,
} from '../conditions.ts';

type ValueOf<T> = T[keyof T];

const OF_MACHINE = {
  Ready:
    'A host is claimed and prepared, the bootstrap has not failed, and the host is not quarantined. It waits for no Node.',
  Paused: 'The object or its Cluster is paused.',
  Connected: 'The host of the machine renews its Lease. A lost link never makes Ready False.',
  HostClaimed: 'The machine has a host.',
  HostPrepared: 'Kubernetes is installed on the host.',
  BootstrapSucceeded: 'kubeadm has succeeded there.',
  Drained: 'The Node was drained before the reset, or had no need of it.',
  HostReset: 'The host is proven to be as it was before the claim.',
  WorkflowHealthy: 'False while an activity of the workflow fails again and again; absent while none ever did.',
  Progressing:
    'What the host does now: operation, step and bytes, as it reports them. Told alone: nothing is decided by it.',
} as const satisfies Record<ValueOf<typeof MACHINE_CONDITIONS>, string>;

const OF_HOST = {
  Connected: 'The agent renews its Lease.',
  Fit: 'Inspection found nothing that stands against a claim.',
  Quarantined: 'Host and cluster contradict each other, or the host is not proven clean: nothing is done with it.',
  ClockSkew: "The host's clock is not the gateway's. Told alone: nothing is decided by it.",
  Available: 'The host can be claimed now.',
  CleanedUp: 'How far the reset of a host is whose machine was given up.',
} as const satisfies Record<ValueOf<typeof HOST_CONDITIONS> | typeof CLEANUP_CONDITION, string>;

const OF_CLUSTER = {
  Ready: 'The control plane endpoint is set.',
  Paused: 'The object or its Cluster is paused.',
} as const satisfies Record<ValueOf<typeof CLUSTER_CONDITIONS>, string>;

const OF_ENROLLMENT = {
  Open: 'Hosts may still register with the token.',
} as const satisfies Record<ValueOf<typeof ENROLLMENT_CONDITIONS>, string>;

/** What each condition of each kind says, as a sentence. */
export const CONDITION_TYPES: Record<string, Record<string, string>> = {
  ByoMachine: OF_MACHINE,
  ByoHost: OF_HOST,
  ByoCluster: OF_CLUSTER,
  ByoHostEnrollment: OF_ENROLLMENT,
};
