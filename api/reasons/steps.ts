// What each step on a host does, while it is the reason of a condition.
import type { Explanation } from './reasons.ts';
import type { HostStep } from '../steps.ts';

export const STEPS = {
  FetchBundle: {
    cause:
      'Fetches what the bundle holds, from the first source that answers; verified piece by piece, resumed by range.',
    remedy: 'If it stays: the message names the source and what it answered.',
  },
  LoadKernelModules: { cause: 'Loads the kernel modules that Kubernetes needs.' },
  SetSysctls: { cause: 'Sets the kernel parameters that Kubernetes needs.' },
  DisableSwap: { cause: 'Turns swap off, now and at the next boot.' },
  UnpackBinaries: { cause: 'Unpacks kubeadm, kubelet, containerd, runc and the CNI plugins.' },
  WriteContainerdConfig: { cause: "Writes containerd's configuration." },
  WriteUnits: { cause: 'Writes the systemd units of containerd and kubelet.' },
  StartContainerd: { cause: 'Starts containerd.' },
  ImportImages: { cause: "Imports the bundle's container images into containerd." },
  WriteKubeletDropIn: { cause: "Writes the kubelet's provider id and node address." },
  EnableKubelet: { cause: 'Enables the kubelet for the next boot.' },
  ReadBootstrapDocument: { cause: 'Reads the bootstrap data and checks that everything in it can be done.' },
  RunBootCommands: { cause: 'Runs the boot commands of the bootstrap data.' },
  WriteBootstrapFiles: { cause: 'Writes the files of the bootstrap data.' },
  RunBootstrapCommands: {
    cause: 'Runs kubeadm and the other commands of the bootstrap data.',
    remedy: 'If it stays: `systemctl status "byo-runcmd-*"` on the host shows what runs.',
  },
  CheckSentinel: { cause: 'Looks whether the bootstrap data came to its end.' },
  EraseBootstrapData: { cause: 'Erases the bootstrap data from the host.' },
  ReleaseEndpoint: { cause: 'Takes the address of the cluster off the host, so that it answers for nobody.' },
  CordonNode: { cause: 'Marks the Node unschedulable.' },
  EvictPods: {
    cause: 'Evicts the pods of the Node, for a bounded time.',
    remedy: 'If it stays: a PodDisruptionBudget may forbid an eviction; the message names the pods.',
  },
  StopOperations: { cause: 'Stops what still runs for the claim.' },
  StopKubelet: { cause: 'Stops the kubelet.' },
  NoteFolders: { cause: 'Finds from the manifests which folders the cluster has used on the host.' },
  ResetKubeadm: { cause: 'Runs `kubeadm reset`.' },
  StopContainers: { cause: 'Stops all containers, and containerd.' },
  UndoChanges: {
    cause: 'Takes back every change that was written down, the newest first; an edit of the owner is kept.',
  },
  EmptyOwnedZones: {
    cause: 'Empties the folders that belong to the claim; never through a link or a mount of others.',
  },
  CompareBaseline: { cause: 'Compares the host with what it was before the claim.' },
} as const satisfies Record<HostStep, Explanation>;
