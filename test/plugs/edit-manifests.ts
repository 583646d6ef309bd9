// What a scenario changes in the manifests of the lab's cluster: its host, its bundle, and commands around kubeadm.
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { ROLE_LABEL } from './bench.ts';

/** Exists while the bootstrap must not reach kubeadm; not on tmpfs, so that it outlives a reboot. */
export const HOLD = '/var/log/plugs-hold';
/** Files on the host with a line for each time that the commands of a cluster began, and that kubeadm succeeded. */
export const BEGAN = '/var/log/plugs-began';
export const ENDED = '/var/log/plugs-ended';

/** `role`: the label that a host must have; `config`: merged into the kubeadmConfigSpec; `repo`: a bundle of one's own. */
export type Wish = { name: string; role?: string; config?: Record<string, unknown>; repo?: string };

const Manifest = z.looseObject({ kind: z.string(), spec: z.record(z.string(), z.unknown()) });
type Spec = z.infer<typeof Manifest>['spec'];
const Template = z.object({ template: z.object({ spec: z.record(z.string(), z.unknown()) }) });
const ControlPlane = z.looseObject({ kubeadmConfigSpec: z.looseObject({ preKubeadmCommands: z.array(z.string()) }) });

/** Edits YAML documents; what the wish does not name stays as it is. */
export function editManifests(rendered: string, wish: Wish): string {
  const manifests = parseAllDocuments(rendered).map((document) => Manifest.parse(document.toJS()));
  return manifests
    .map(({ spec, ...rest }) => stringify({ ...rest, spec: editSpec(rest.kind, spec, wish) }))
    .join('---\n');
}

function editSpec(kind: string, spec: Spec, { name, role, repo, config }: Wish): Spec {
  if (kind === 'ByoMachineTemplate' && role)
    return editTemplate(spec, { selector: { matchLabels: { [ROLE_LABEL]: role } } });
  if (kind === 'K8sInstallerConfigTemplate' && repo) return editTemplate(spec, { bundleRepo: repo });
  return kind === 'KubeadmControlPlane' ? editControlPlane(spec, name, config) : spec;
}

function editTemplate(spec: Spec, change: Spec): Spec {
  return { template: { spec: { ...Template.parse(spec).template.spec, ...change } } };
}

function editControlPlane(spec: Spec, name: string, config: Spec = {}): Spec {
  const { kubeadmConfigSpec, ...rest } = ControlPlane.parse(spec);
  const before = [`echo ${name} >> ${BEGAN}`, `while [ -e ${HOLD} ]; do sleep 0.2; done`];
  const commands = {
    preKubeadmCommands: [...before, ...kubeadmConfigSpec.preKubeadmCommands],
    postKubeadmCommands: [`echo ${name} >> ${ENDED}`],
  };
  return { ...rest, kubeadmConfigSpec: { ...kubeadmConfigSpec, ...commands, ...config } };
}
