// FetchBundle: every blob of the bundle into the host's store, verified; resumes where it stopped.
import type { InstallArguments } from '../../../api/orders.ts';
import { isBlobPresent, keepOnly, openStore } from '../../../bundle/store/blob-store.ts';
import { ensureBlob } from '../../../bundle/store/ensure-blob.ts';
import { openBundle, type Bundle } from '../../../bundle/read/open-bundle.ts';
import { openAnySource } from '../../../bundle/sources/open-source.ts';
import { listFailures, orderSources, type OrderedSource } from '../../../bundle/sources/source-order.ts';
import { nameAddress } from '../../../bundle/sources/source.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import { nameBundleError, pinDigest, readDigest, type InstallDeps } from './installed-bundle.ts';

/** Fetches the bundle that the order names, by digest, for this machine's platform. */
export function fetchBundle(deps: InstallDeps): Step<InstallArguments> {
  return {
    name: 'FetchBundle',
    look: (_context, input) => isBundleFetched(deps, input),
    act: async (context, input) => {
      try {
        await fetchAll(deps, context, input);
      } catch (error) {
        throw nameBundleError(error);
      }
    },
  };
}

async function isBundleFetched(deps: InstallDeps, input: InstallArguments): Promise<boolean> {
  const digest = await readDigest(deps, input);
  if (!digest) return false;
  const request = { source: openStore(deps.store), digest, platform: deps.platform, version: input.version };
  // Whatever is missing or damaged in the store is what `act` is there to fetch.
  const bundle = await openBundle(request).catch(() => undefined);
  if (!bundle) return false;
  for (const blob of bundle.blobs) if (!(await isBlobPresent(deps.store, blob))) return false;
  return true;
}

async function fetchAll(deps: InstallDeps, context: StepContext, input: InstallArguments): Promise<void> {
  const sources = orderSources(listSources(deps, input), (failures, { name }) =>
    context.report({ message: `${listFailures(failures)}; going on with ${name}` }),
  );
  const digest = input.bundle.digest ?? (await sources.from((source) => source.resolveTag(input.version)));
  const wanted = { digest, platform: deps.platform, version: input.version };
  const bundle = await sources.from((source) => openBundle({ ...wanted, source }));
  const progress = countBytes(bundle, context);
  for (const blob of bundle.blobs) {
    context.signal.throwIfAborted();
    const options = { onBytes: progress.onBytes, signal: context.signal };
    // What one source gave of a blob stays for the next: whoever goes on verifies all of it.
    await sources.from((source) => ensureBlob(deps.store, source, blob, options));
    progress.next(blob.size);
  }
  if (!input.bundle.digest) await pinDigest(deps, input.version, digest);
  // One bundle is what a host works with: of earlier ones what this one shares stays, and the store is never larger.
  await keepOnly(deps.store, bundle.blobs);
  context.report({ conclusion: `the bundle came from ${sources.given().join(' and ')}` });
}

/** Mirrors first, in their order; the bundle's own home when none of them gives it. */
function listSources({ gateway }: InstallDeps, { bundle }: InstallArguments): OrderedSource[] {
  const addresses = [...(bundle.mirrors ?? []), bundle.source];
  return addresses.map((address) => ({ name: nameAddress(address), open: () => openAnySource(address, gateway) }));
}

function countBytes(bundle: Bundle, context: StepContext) {
  let before = 0;
  return {
    onBytes: (done: number) => context.report({ bytes: before + done, total: bundle.bytes }),
    next: (size: number) => {
      before += size;
      context.report({ bytes: before, total: bundle.bytes });
    },
  };
}
