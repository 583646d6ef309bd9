// ImportImages: the container images of the bundle into containerd, so that a node starts without any registry.
import type { InstallArguments } from '../../../api/orders.ts';
import { exportImage } from '../../../bundle/read/export-image.ts';
import type { BundleImage } from '../../../bundle/read/open-bundle.ts';
import { severalAtOnce } from '../../../common/several-at-once.ts';
import type { Host } from '../../host/host.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import { openInstalledBundle, type InstallDeps } from './installed-bundle.ts';
import { mustRun } from '../../linux/must-run.ts';

/** Namespace in containerd that the kubelet looks into. */
const CTR = ['ctr', '--namespace', 'k8s.io', 'images'];
/** Generous: a slow disk is honest work, and only a stuck containerd reaches it. */
const IMPORT_TIMEOUT_SECONDS = 3600;

/** containerd inflates an image on one core; a third at a time was no quicker on two. */
const IMAGES_AT_ONCE = 2;

/** Imports what is missing, straight from the store. */
export function importImages(deps: InstallDeps): Step<InstallArguments> {
  return {
    name: 'ImportImages',
    look: async ({ host }, input) => {
      const present = await listImages(host);
      return (await openInstalledBundle(deps, input)).images.every((image) => present?.has(image.reference));
    },
    act: async (context, input) => importMissing(deps, context, (await openInstalledBundle(deps, input)).images),
  };
}

async function importMissing(deps: InstallDeps, context: StepContext, images: readonly BundleImage[]): Promise<void> {
  const present = await listImages(context.host);
  const total = images.reduce((sum, image) => sum + sizeOf(image), 0);
  let bytes = 0;
  await severalAtOnce(images, IMAGES_AT_ONCE, async (image) => {
    context.signal.throwIfAborted();
    context.report({ bytes, total, message: `importing ${image.reference}` });
    if (!present?.has(image.reference)) await importImage(deps, context, image);
    bytes += sizeOf(image);
    context.report({ bytes, total });
  });
}

async function importImage(deps: InstallDeps, { host, signal }: StepContext, image: BundleImage): Promise<void> {
  const options = { input: exportImage(deps.store, image), timeoutSeconds: IMPORT_TIMEOUT_SECONDS, signal };
  await mustRun(host, [...CTR, 'import', '-'], options);
}

/** Names of the images containerd has; undefined when it does not answer. */
async function listImages(host: Host): Promise<Set<string> | undefined> {
  const { exitCode, stdout } = await host.run([...CTR, 'list', '--quiet']);
  return exitCode === 0 ? new Set(stdout.split('\n').map((line) => line.trim())) : undefined;
}

function sizeOf(image: BundleImage): number {
  return image.blobs.reduce((sum, blob) => sum + blob.size, image.manifest.size);
}
