// The bundle of an install, opened again from the host's own store: after the fetch no step needs the link.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstallArguments } from '../../../api/orders.ts';
import { BundleError, isPassing } from '../../../bundle/errors.ts';
import { Digest, type Platform } from '../../../bundle/oci.ts';
import { openStore, type BlobStore } from '../../../bundle/store/blob-store.ts';
import type { BlobReader } from '../../../bundle/sources/gateway-source.ts';
import { openBundle, type Bundle } from '../../../bundle/read/open-bundle.ts';
import { writeFileDurably } from '../../../common/durable-file.ts';
import { ByoError } from '../../../common/errors.ts';
import { isMissing } from '../../../common/system-error.ts';

/** What the install steps share: the store of blobs, the platform of this machine, and the way to bundles of the gateway. */
export type InstallDeps = { store: BlobStore; platform: Platform; gateway?: BlobReader | undefined };

/** Digest of the bundle: the order's; for a floating tag, what the tag named when it was fetched. */
export async function readDigest(deps: InstallDeps, input: InstallArguments): Promise<string | undefined> {
  if (input.bundle.digest) return input.bundle.digest;
  try {
    return Digest.parse((await readFile(pinPath(deps, input.version), 'utf8')).trim());
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Remembers what a floating tag named, so that every later step installs the same bundle. */
export async function pinDigest(deps: InstallDeps, version: string, digest: string): Promise<void> {
  const path = pinPath(deps, version);
  await mkdir(join(deps.store.dir, 'pins'), { recursive: true, mode: 0o700 });
  await writeFileDurably(path, `${digest}\n`, { mode: 0o600 });
}

/** Opens the fetched bundle. @throws ByoError `BundleUnavailable` when it is not in the store */
export async function openInstalledBundle(deps: InstallDeps, input: InstallArguments): Promise<Bundle> {
  const digest = await readDigest(deps, input);
  if (!digest) throw nameBundleError(new BundleError('BundleNotFound', `no bundle of ${input.version} was fetched`));
  try {
    return await openBundle({ source: openStore(deps.store), digest, platform: deps.platform, version: input.version });
  } catch (error) {
    throw nameBundleError(error);
  }
}

/** A bundle error in the words of conditions; a missing bundle may yet be put there, a bad one stays bad. */
export function nameBundleError(error: unknown): unknown {
  if (!(error instanceof BundleError)) return error;
  const retryable = isPassing(error);
  const passing = error.code === 'DiskFull' ? 'DiskFull' : 'BundleUnavailable';
  const reason = retryable ? passing : 'BundleInvalid';
  return new ByoError(reason, error.message, { remedy: error.remedy, retryable, cause: error });
}

function pinPath(deps: InstallDeps, version: string): string {
  return join(deps.store.dir, 'pins', version);
}
