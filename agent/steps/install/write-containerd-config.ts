// WriteContainerdConfig: containerd as this machine's cgroup hierarchy and this bundle's pause image want it.
import type { InstallArguments } from '../../../api/orders.ts';
import { ByoError } from '../../../common/errors.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import { containerdConfig, findSandboxImage } from './containerd-config.ts';
import { areOwnFilesWritten, ensureOwnFiles, type OwnFile } from '../own-files.ts';
import { openInstalledBundle, type InstallDeps } from './installed-bundle.ts';
import { CONTAINERD_CONFIG, CONTAINERD_DROP_INS } from '../../linux/paths.ts';
import { readCgroupVersion } from '../../linux/facts.ts';

/** Writes config.toml and makes the folder of drop-ins; drop-ins that stand there already are used, not touched. */
export function writeContainerdConfig(deps: InstallDeps): Step<InstallArguments> {
  return {
    name: 'WriteContainerdConfig',
    look: async (context, input) => {
      if (!(await context.host.stat(CONTAINERD_DROP_INS))) return false;
      return areOwnFilesWritten(context.host, [await decideFile(deps, context, input)]);
    },
    act: async (context, input) => {
      await context.ledger.ensureDirectory(CONTAINERD_DROP_INS, { mode: 0o755 });
      await ensureOwnFiles(context, [await decideFile(deps, context, input)]);
    },
  };
}

async function decideFile(deps: InstallDeps, context: StepContext, input: InstallArguments): Promise<OwnFile> {
  const bundle = await openInstalledBundle(deps, input);
  const sandboxImage = findSandboxImage(bundle.images.map((image) => image.reference));
  if (!sandboxImage) {
    throw new ByoError('BundleInvalid', `bundle ${bundle.digest} holds no pause image`, {
      remedy: 'Make the bundle again with every image of `kubeadm config images list`',
      retryable: false,
    });
  }
  const cgroup = await readCgroupVersion(context.host);
  return { path: CONTAINERD_CONFIG, content: containerdConfig({ cgroup, sandboxImage }) };
}
