// What a scenario changes in the manifests of the lab's cluster: its host, its bundle, and commands around kubeadm.
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { ROLE_LABEL } from './bench.ts';

/** Exists while the bootstrap must not reach kubeadm; not on tmpfs, so that it outlives a reboot. */
export const HOLD = '/var/log/plugs-hold';
/** Files on the host with a line for each time that the commands of a cluster began, and that kubeadm succeeded. */
export const BEGAN = '/var/log/plugs-began';
export const ENDED = '/var/log/plugs-ended';

/**
 * `role`: the label that a host must have, `worker`: the same for the host of a worker, if there shall be one;
 * `workers`: how many at first, else as many as hosts for them; `config`: merged into the kubeadmConfigSpec; `repo` and `digest`: a bundle of one's own.
 */
export type Wish = {
  name: string;
  role?: string;
  worker?: string;
  workers?: number;
  config?: Record<string, unknown>;
  /** Commands of a worker before kubeadm, and how long kubeadm looks for its cluster. */
  joining?: { commands: string[]; discoverySeconds: number };
  repo?: string;
  digest?: string;
};

const Manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.record(z.string(), z.unknown()),
});
type Spec = z.infer<typeof Manifest>['spec'];
const Template = z.object({ template: z.object({ spec: z.record(z.string(), z.unknown()) }) });
const ControlPlane = z.looseObject({ kubeadmConfigSpec: z.looseObject({ preKubeadmCommands: z.array(z.string()) }) });

/** Edits YAML documents; what the wish does not name stays as it is. */
export function editManifests(rendered: string, wish: Wish): string {
  const manifests = parseAllDocuments(rendered).map((document) => Manifest.parse(document.toJS()));
  return manifests.map(({ spec, ...rest }) => stringify({ ...rest, spec: editSpec(rest, spec, wish) })).join('---\n');
}

type Head = Pick<z.infer<typeof Manifest>, 'kind' | 'metadata'>;

function editSpec(head: Head, spec: Spec, { name, role, worker, config, ...more }: Wish): Spec {
  const { kind, metadata } = head;
  const wanted = metadata.name.endsWith('-workers') ? worker : role;
  if (kind === 'ByoMachineTemplate' && wanted)
    return editTemplate(spec, { selector: { matchLabels: { [ROLE_LABEL]: wanted } } });
  if (kind === 'K8sInstallerConfigTemplate') return editInstaller(spec, more);
  if (kind === 'KubeadmConfigTemplate') return editJoin(spec, name, more.joining);
  return kind === 'KubeadmControlPlane' ? editControlPlane(spec, name, config) : spec;
}

/** Commands around kubeadm that count on the host. */
function countIn(name: string): { preKubeadmCommands: string[]; postKubeadmCommands: string[] } {
  return { preKubeadmCommands: [`echo ${name} >> ${BEGAN}`], postKubeadmCommands: [`echo ${name} >> ${ENDED}`] };
}

const Join = z.object({ joinConfiguration: z.record(z.string(), z.unknown()).default({}) });

function editJoin(spec: Spec, name: string, joining: Wish['joining']): Spec {
  const counted = countIn(name);
  if (!joining) return editTemplate(spec, counted);
  const { joinConfiguration } = Join.parse(Template.parse(spec).template.spec);
  const { commands, discoverySeconds } = joining;
  return editTemplate(spec, {
    ...counted,
    preKubeadmCommands: [...counted.preKubeadmCommands, ...commands],
    joinConfiguration: { ...joinConfiguration, timeouts: { discoverySeconds } },
  });
}

const Installer = z.object({ versions: z.array(z.looseObject({ digest: z.string() })) });

function editInstaller(spec: Spec, { repo, digest }: Pick<Wish, 'repo' | 'digest'>): Spec {
  const { versions } = Installer.parse(Template.parse(spec).template.spec);
  const own = digest === undefined ? versions : versions.map((one) => ({ ...one, digest }));
  return editTemplate(spec, { versions: own, ...(repo === undefined ? {} : { bundleRepo: repo }) });
}

function editTemplate(spec: Spec, change: Spec): Spec {
  return { template: { spec: { ...Template.parse(spec).template.spec, ...change } } };
}

function editControlPlane(spec: Spec, name: string, config: Spec = {}): Spec {
  const { kubeadmConfigSpec, ...rest } = ControlPlane.parse(spec);
  const { preKubeadmCommands, postKubeadmCommands } = countIn(name);
  const before = [...preKubeadmCommands, `while [ -e ${HOLD} ]; do sleep 0.2; done`];
  const commands = {
    preKubeadmCommands: [...before, ...kubeadmConfigSpec.preKubeadmCommands],
    postKubeadmCommands,
  };
  return { ...rest, kubeadmConfigSpec: { ...kubeadmConfigSpec, ...commands, ...config } };
}
