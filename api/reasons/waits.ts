// Reasons while something is waited for, each with cause and remedy.
import type { WAIT_REASONS } from '../conditions.ts';
import type { Explanation } from './reasons.ts';

type Wait = (typeof WAIT_REASONS)[keyof typeof WAIT_REASONS];

export const WAITS = {
  WaitingForOwnerMachine: {
    cause: 'Cluster API has not made a Machine the owner of this ByoMachine yet.',
    remedy:
      'If it stays: see whether Cluster API core runs, and whether a Machine names this ByoMachine in spec.infrastructureRef.',
  },
  WaitingForClusterInfrastructure: {
    cause: 'The Cluster or its ByoCluster is not provisioned yet.',
    remedy: 'See the conditions of the ByoCluster; most often its control plane endpoint is not set.',
  },
  WaitingForBootstrapData: {
    cause: 'The bootstrap provider has not written the bootstrap data of the Machine yet.',
    remedy: 'See the KubeadmConfig of the Machine. A worker waits here until the first control plane is up.',
  },
  WaitingForKubernetesVersion: {
    cause: 'No Machine names a Kubernetes version for this ByoMachine.',
    remedy: 'Set spec.version in the control plane or the MachineDeployment.',
  },
  WaitingForInstallerConfig: {
    cause: 'The installer configuration that the ByoMachine names is missing, or has no bundle for this version.',
    remedy: 'Create the K8sInstallerConfig or its template, with a bundle for the version of the Machine.',
  },
  WaitingForControlPlaneEndpoint: {
    cause: 'The ByoCluster has no control plane endpoint.',
    remedy: 'Set spec.controlPlaneEndpoint of the ByoCluster: host and port under which the API server is reached.',
  },
  WaitingForWorkflow: {
    cause: 'The workflow of this machine has not said anything yet.',
    remedy: 'If it stays: see whether Temporal is reached, in the log and the metrics of the controller.',
  },
  NoHostFits: {
    cause: 'No host of the namespace can serve this machine now; the message says, host by host, why not.',
    remedy: 'Enroll another host, change the selector, or mend what the message names. The machine is told at once.',
  },
  HostOffline: {
    cause: 'The host does not answer; what was ordered waits for it and goes on when it returns.',
    remedy: 'Bring the host back, or give it up: docs/adoption.md says how, and what that costs.',
  },
  WaitingForHostKey: {
    cause: 'The host has no key yet to which an order could be encrypted.',
    remedy: 'If it stays: see `journalctl -u byo-agent` on the host, and whether the host is revoked.',
  },
  WaitingForMachineDeletion: {
    cause: 'The host is clean, and kept until the Machine that had it is gone.',
    remedy: 'If it stays: see the finalizers of the Machine.',
  },
  Unschedulable: {
    cause: 'spec.unschedulable of the ByoHost keeps new claims away.',
    remedy: 'Set it to false when the host may be claimed again.',
  },
  Paused: {
    cause: 'The object or its Cluster is paused; nothing is done until that ends.',
    remedy: 'Set spec.paused of the Cluster to false, or remove the annotation cluster.x-k8s.io/paused.',
  },
  NotPaused: { cause: 'The object is reconciled.' },
  Held: {
    cause: 'What is there cannot be decided on safely, so nothing is done; the message says what.',
    remedy: 'Do what the message says. Nothing is deleted or reset meanwhile.',
  },
  ClaimOrphaned: {
    cause: 'The host is claimed by a ByoMachine that is gone.',
    remedy: 'Restore the ByoMachine, or release the host by `byo host clean-up`: it is reset and then free.',
  },
} as const satisfies Record<Wait, Explanation>;
