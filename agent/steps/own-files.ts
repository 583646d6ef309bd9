// Files that only we may write: an equal one counts as there, a different one is somebody else's and is not overwritten.
import { ByoError } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import type { StepContext } from '../runner/step.ts';

export type OwnFile = { path: string; content: string; mode?: number };

/** The files are there, byte for byte. */
export async function areOwnFilesWritten(host: Host, files: readonly OwnFile[]): Promise<boolean> {
  for (const file of files) {
    if ((await host.readFile(file.path))?.toString('utf8') !== file.content) return false;
  }
  return true;
}

/** Writes what is missing. @throws ByoError `HostUnfit` for a file of another's, before anything is written */
export async function ensureOwnFiles({ host, ledger }: StepContext, files: readonly OwnFile[]): Promise<void> {
  const missing: OwnFile[] = [];
  for (const file of files) {
    const present = await host.readFile(file.path);
    if (present === undefined) missing.push(file);
    else if (present.toString('utf8') !== file.content) throw foreignFile(file.path);
  }
  for (const file of missing)
    await ledger.writeFile(file.path, file.content, { mode: file.mode ?? 0o644, isOwn: true });
}

/** The error for a path that holds something which is not ours. */
export function foreignFile(path: string): ByoError {
  return new ByoError('HostUnfit', `${path} is already there and was not put there by this provider`, {
    remedy: 'Remove what installed it, or bring another host; nothing of it was changed',
    retryable: false,
  });
}
