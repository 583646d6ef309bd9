// The table of our kinds: what `kubectl get` and `kubectl explain` show of each.
import { ByoClusterSpec, ByoClusterStatus } from './byo-cluster.ts';
import { ByoHostEnrollmentSpec, ByoHostEnrollmentStatus } from './byo-host-enrollment.ts';
import { ByoHostSpec, ByoHostStatus } from './byo-host.ts';
import { ByoMachineSpec, ByoMachineStatus } from './byo-machine.ts';
import type { Column, Kind } from './crd.ts';
import { K8sInstallerConfigSpec, K8sInstallerConfigStatus } from './installer-config.ts';
import {
  ByoClusterTemplateSpec,
  ByoMachineTemplateSpec,
  ByoMachineTemplateStatus,
  K8sInstallerConfigTemplateSpec,
} from './templates.ts';

/** ByoHosts hang on no Cluster, so `clusterctl move` takes them by this label only. */
const MOVE_LABELS = { 'clusterctl.cluster.x-k8s.io': '', 'clusterctl.cluster.x-k8s.io/move': '' };

const conditionColumn = (name: string, type: string, field: 'status' | 'reason', wide = false): Column => ({
  name,
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=='${type}')].${field}`,
  ...(wide ? { wide } : {}),
});

const text = (name: string, jsonPath: string, wide = false): Column => ({
  name,
  jsonPath,
  type: 'string',
  ...(wide ? { wide } : {}),
});

const CLUSTER_LABEL = String.raw`.metadata.labels.cluster\.x-k8s\.io/cluster-name`;

export const KINDS: Kind[] = [
  {
    kind: 'ByoCluster',
    plural: 'byoclusters',
    shortName: 'byoc',
    description: 'The infrastructure of one cluster on machines that already run Linux.',
    spec: ByoClusterSpec,
    status: ByoClusterStatus,
    columns: [
      text('Cluster', CLUSTER_LABEL),
      text('Endpoint', '.spec.controlPlaneEndpoint.host'),
      conditionColumn('Ready', 'Ready', 'status'),
      conditionColumn('Reason', 'Ready', 'reason'),
    ],
  },
  {
    kind: 'ByoClusterTemplate',
    plural: 'byoclustertemplates',
    shortName: 'byoct',
    description: 'What ByoClusters are made from.',
    spec: ByoClusterTemplateSpec,
    columns: [],
  },
  {
    kind: 'ByoMachine',
    plural: 'byomachines',
    shortName: 'byom',
    description: 'The wish for one host as a Kubernetes node.',
    spec: ByoMachineSpec,
    status: ByoMachineStatus,
    columns: [
      text('Cluster', CLUSTER_LABEL),
      text('Host', '.status.hostRef.name'),
      conditionColumn('Ready', 'Ready', 'status'),
      conditionColumn('Reason', 'Ready', 'reason'),
      conditionColumn('Bootstrapped', 'BootstrapSucceeded', 'status'),
      conditionColumn('Connected', 'Connected', 'status', true),
      text('ProviderID', '.spec.providerID', true),
    ],
  },
  {
    kind: 'ByoMachineTemplate',
    plural: 'byomachinetemplates',
    shortName: 'byomt',
    description: 'What ByoMachines are made from.',
    spec: ByoMachineTemplateSpec,
    status: ByoMachineTemplateStatus,
    columns: [],
  },
  {
    kind: 'ByoHost',
    plural: 'byohosts',
    shortName: 'byoh',
    description: 'A machine that somebody brings.',
    spec: ByoHostSpec,
    status: ByoHostStatus,
    labels: MOVE_LABELS,
    columns: [
      text('Machine', '.spec.claim.name'),
      conditionColumn('Available', 'Available', 'status'),
      conditionColumn('Reason', 'Available', 'reason'),
      conditionColumn('Connected', 'Connected', 'status'),
      text('Operation', '.status.reported.operation.operation'),
      text('Step', '.status.reported.operation.step'),
      text('OSImage', '.status.hostinfo.osimage', true),
      text('Arch', '.status.hostinfo.architecture', true),
    ],
  },
  {
    kind: 'ByoHostEnrollment',
    plural: 'byohostenrollments',
    shortName: 'byohe',
    description: 'Who may register hosts: a token that is good for so many, until then.',
    spec: ByoHostEnrollmentSpec,
    status: ByoHostEnrollmentStatus,
    labels: MOVE_LABELS,
    columns: [
      { name: 'Hosts', type: 'integer', jsonPath: '.spec.hosts' },
      { name: 'Used', type: 'integer', jsonPath: '.status.used' },
      text('Expires', '.spec.expiresAt'),
      conditionColumn('Open', 'Open', 'status'),
      conditionColumn('Reason', 'Open', 'reason'),
    ],
  },
  {
    kind: 'K8sInstallerConfig',
    plural: 'k8sinstallerconfigs',
    shortName: 'k8sic',
    description: 'Which bundle carries which Kubernetes version.',
    spec: K8sInstallerConfigSpec,
    status: K8sInstallerConfigStatus,
    columns: [text('Repo', '.spec.bundleRepo')],
  },
  {
    kind: 'K8sInstallerConfigTemplate',
    plural: 'k8sinstallerconfigtemplates',
    shortName: 'k8sict',
    description: 'What K8sInstallerConfigs are made from.',
    spec: K8sInstallerConfigTemplateSpec,
    columns: [text('Repo', '.spec.template.spec.bundleRepo')],
  },
];
