// Which bundle a machine gets: the installer template it names, and the digest there for its version.
import type { ByoMachine } from '../../../api/byo-machine.ts';
import { FAILURE_REASONS, WAIT_REASONS } from '../../../api/conditions.ts';
import type { K8sInstallerConfigSpec } from '../../../api/installer-config.ts';
import type { Reason } from '../../../api/reasons/reason.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { INSTALLER_TEMPLATES } from '../../../common/kube/resources.ts';

export type Bundle = { source: string; mirrors?: string[]; digest?: string };

/** The bundle for `version`, or why there is none: a person mends the template, and the machine goes on by itself. */
export async function readBundle(
  kube: Kube,
  machine: ByoMachine,
  version: string,
): Promise<Bundle | { waiting: Reason }> {
  const { namespace } = machine.metadata;
  const reference = machine.spec.installerRef;
  if (!reference) return waitForInstaller('the ByoMachine has no spec.installerRef');
  if ((reference.kind ?? INSTALLER_TEMPLATES.kind) !== INSTALLER_TEMPLATES.kind) {
    return waitForInstaller(`spec.installerRef is a ${reference.kind}; it must be a K8sInstallerConfigTemplate`);
  }
  if ((reference.namespace ?? namespace) !== namespace) {
    return waitForInstaller(`spec.installerRef names namespace ${reference.namespace}; only ${namespace} is accepted`);
  }
  const template = await kube.find(INSTALLER_TEMPLATES, { namespace, name: reference.name });
  if (!template) return waitForInstaller(`K8sInstallerConfigTemplate ${namespace}/${reference.name} is not found`);
  return decideBundle(template.spec.template.spec, { version, name: reference.name });
}

/** Pure: the digest for exactly this version; without one only when the template accepts a floating tag. */
export function decideBundle(
  spec: K8sInstallerConfigSpec,
  { version, name }: { version: string; name: string },
): Bundle | { waiting: Reason } {
  const { bundleRepo: source, mirrors = [] } = spec;
  const where = { source, ...(mirrors.length > 0 ? { mirrors } : {}) };
  const pinned = spec.versions?.find((entry) => entry.version === version);
  if (pinned) return { ...where, digest: pinned.digest };
  if (spec.allowFloatingTag) return where;
  const message =
    `K8sInstallerConfigTemplate ${name} gives no digest for ${version}. Add it to spec.template.spec.versions, ` +
    'or set allowFloatingTag to accept whatever the tag names';
  return { waiting: { reason: FAILURE_REASONS.bundleNotPinned, message } };
}

function waitForInstaller(message: string): { waiting: Reason } {
  return { waiting: { reason: WAIT_REASONS.waitingForInstaller, message } };
}
