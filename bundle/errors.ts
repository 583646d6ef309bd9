// What can go wrong with a bundle: one error class, a closed list of codes, and a remedy with each.
import { systemErrorCode } from '../common/system-error.ts';

/** Cause of a bundle failure; `isPassing` tells those that may pass by themselves, the others need a person. */
export type BundleErrorCode =
  | 'BundleNotFound'
  | 'BlobNotFound'
  | 'BlobTooLarge'
  | 'DigestMismatch'
  | 'DiskFull'
  | 'InvalidInput'
  | 'NotABundle'
  | 'PlatformMissing'
  | 'SourceInterrupted'
  | 'SourceRefused'
  | 'SourceUnsupported'
  | 'UnsafeArchive'
  | 'VersionMismatch';

const remedies: Record<BundleErrorCode, string> = {
  BundleNotFound:
    'Check the bundle address and the digest; `npm run bundle -- inspect DIR` lists the digests of a folder.',
  BlobNotFound: 'The bundle is incomplete: copy the whole folder again, then run `npm run bundle -- verify DIR`.',
  BlobTooLarge: 'Make the bundle again with its own tool; a part this large is not a bundle part.',
  DigestMismatch: 'The bundle was damaged or changed: copy it again from where it was made and verify it there.',
  DiskFull: 'Free space on the file system named here; the download goes on where it stopped.',
  InvalidInput: 'Correct the named input; `npm run bundle -- create --help` shows the forms.',
  NotABundle: 'Point to an OCI image layout made by `npm run bundle -- create`.',
  PlatformMissing: 'Add this platform to the bundle (`npm run bundle -- create --platform …`) or choose another host.',
  SourceInterrupted: 'Check the link to the bundle source; the download resumes where it stopped.',
  SourceRefused:
    'Let the server give bundles to anybody who asks (every byte is verified by its digest), at this very address.',
  SourceUnsupported:
    'Use the absolute path of a folder, file:///folder, http(s)://server/folder, oci://registry/repository, ' +
    'oci+http://registry/repository, or (on a host) gateway:/// for the folder of the gateway.',
  UnsafeArchive: 'Do not use this bundle; make it again with its own tool from trusted binaries.',
  VersionMismatch: 'Name the digest of the bundle that carries this Kubernetes version.',
};

/** A bundle failure: `code` for programs, `message` the cause, `remedy` what a person can do. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly code: BundleErrorCode;
  readonly remedy: string;

  constructor(code: BundleErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedies[code];
  }
}

const PASSING: ReadonlySet<BundleErrorCode> = new Set([
  'BlobNotFound',
  'BundleNotFound',
  'DiskFull',
  'SourceInterrupted',
  'SourceRefused',
]);

/** True when the same try may succeed later: a link comes back, a missing bundle is put there. A bad one stays bad. */
export function isPassing({ code }: BundleError): boolean {
  return PASSING.has(code);
}

/** Names a full disk as `DiskFull`; every other error passes unchanged. */
export function nameWriteError(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new BundleError('DiskFull', `no space left to write ${path} (${code})`, { cause: error });
}
