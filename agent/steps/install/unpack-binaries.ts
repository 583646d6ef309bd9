// UnpackBinaries: the four layers of the bundle, file by file through the ledger; nothing of another's is overwritten.
import type { InstallArguments } from '../../../api/orders.ts';
import { layerPaths } from '../../../bundle/layers.ts';
import type { Bundle } from '../../../bundle/read/open-bundle.ts';
import { listLayer, unpackLayer, type LayerRequest } from '../../../bundle/read/unpack-layer.ts';
import type { OnEntry } from '../../../bundle/read/walk-archive.ts';
import { severalAtOnce } from '../../../common/several-at-once.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import { foreignFile } from '../own-files.ts';
import { hashFile } from '../../linux/hash-file.ts';
import { nameBundleError, openInstalledBundle, type InstallDeps } from './installed-bundle.ts';
import { readSELinux } from '../../linux/facts.ts';
import { mustRun } from '../../linux/must-run.ts';

/** Its last file: absent means that unpacking cannot be done, and saves hashing everything on a bare host. */
const QUICK_LOOK = '/usr/local/bin/kubelet';

/** Inflating and waiting for the disk take turns; more would only fill the memory of a small machine. */
const LAYERS_AT_ONCE = 2;

/** Unpacks into /usr/local and /opt/cni/bin, with the labels of the machine's own SELinux policy. */
export function unpackBinaries(deps: InstallDeps): Step<InstallArguments> {
  return {
    name: 'UnpackBinaries',
    look: async (context, input) => {
      if (!(await context.host.stat(QUICK_LOOK))) return false;
      return areBinariesEqual(deps, context, await openInstalledBundle(deps, input));
    },
    act: async (context, input) => {
      const bundle = await openInstalledBundle(deps, input);
      await refuseForeignBinaries(deps, context, bundle);
      const written: string[] = [];
      const write: OnEntry = async (file) => {
        context.signal.throwIfAborted();
        written.push(`/${file.path}`);
        await context.ledger.writeFile(`/${file.path}`, file.stream, { mode: file.mode, isOwn: true });
      };
      await eachLayer(deps, bundle, (layer) => unpackLayer({ ...layer, onEntry: write }));
      await restoreLabels(context, written);
    },
  };
}

async function areBinariesEqual(deps: InstallDeps, context: StepContext, bundle: Bundle): Promise<boolean> {
  let equal = true;
  await eachLayer(deps, bundle, async (layer) => {
    for (const { path, sha256 } of await listLayer(layer)) {
      if ((await hashFile(context.host, `/${path}`)) !== sha256) equal = false;
    }
  });
  return equal;
}

/** Looked at as a whole before the first write: a refused host stays as it was. */
async function refuseForeignBinaries(deps: InstallDeps, context: StepContext, bundle: Bundle): Promise<void> {
  // Hashing every layer takes seconds, and on a bare host nothing can be in the way.
  if (!(await isAnyBinaryPresent(context))) return;
  await eachLayer(deps, bundle, async (layer) => {
    for (const { path, sha256 } of await listLayer(layer)) {
      const present = await hashFile(context.host, `/${path}`);
      if (present && present !== sha256) throw foreignFile(`/${path}`);
    }
  });
}

async function isAnyBinaryPresent({ host }: StepContext): Promise<boolean> {
  for (const pattern of Object.values(layerPaths).flat()) {
    const isFolder = pattern.endsWith('/*');
    if (isFolder && (await host.list(`/${pattern.slice(0, -2)}`)).length > 0) return true;
    if (!isFolder && (await host.stat(`/${pattern}`))) return true;
  }
  return false;
}

async function eachLayer(
  deps: InstallDeps,
  bundle: Bundle,
  visit: (layer: LayerRequest) => Promise<void>,
): Promise<void> {
  try {
    await severalAtOnce(bundle.layers, LAYERS_AT_ONCE, ({ title, blob }) =>
      visit({ store: deps.store, blob, allow: layerPaths[title] }),
    );
  } catch (error) {
    throw nameBundleError(error);
  }
}

/** A file renamed into place keeps the label of where it was made; the policy of the machine knows the right one. */
async function restoreLabels({ host }: StepContext, paths: string[]): Promise<void> {
  if ((await readSELinux(host)) === 'none' || paths.length === 0) return;
  await mustRun(host, ['restorecon', '-F', ...paths]);
}
