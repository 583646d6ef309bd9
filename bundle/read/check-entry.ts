// Decides whether one tar entry may be unpacked: regular files and directories at allowed paths, nothing clever.
import { BundleError } from '../errors.ts';
import { isDirectoryAllowed, isFileAllowed } from '../layers.ts';

/** Caps on an archive, all in bytes but `entries`. */
export type ArchiveLimits = { readonly entryBytes: number; readonly totalBytes: number; readonly entries: number };

/** The fields of a tar header that decide. */
export type EntryHeader = {
  readonly name: string;
  readonly type: string | null;
  readonly size: number;
  readonly mode: number;
  readonly pax?: unknown;
};

/** An entry that may be unpacked; `mode` is 0755 or 0644, `path` relative to `/`. */
export type CheckedEntry = {
  readonly type: 'file' | 'directory';
  readonly path: string;
  readonly mode: number;
  readonly size: number;
};

/** @throws BundleError `UnsafeArchive` naming the entry and the rule it breaks */
export function checkEntry(header: EntryHeader, allow: readonly string[], limits: ArchiveLimits): CheckedEntry {
  const type = checkType(header);
  const path = checkPath(header, type);
  const { size, mode } = header;
  if ((mode & 0o7000) !== 0) throw refuse(header, 'has the setuid, setgid or sticky bit');
  if (type === 'directory' && size !== 0) throw refuse(header, 'is a directory with content');
  if (size > limits.entryBytes) throw refuse(header, `is larger than ${limits.entryBytes} bytes`);
  const isAllowed = type === 'file' ? isFileAllowed : isDirectoryAllowed;
  if (!isAllowed(path, allow)) throw refuse(header, 'is not at an allowed path');
  return { type, path, size, mode: type === 'directory' || (mode & 0o111) !== 0 ? 0o755 : 0o644 };
}

function checkType(header: EntryHeader): 'file' | 'directory' {
  // Sparse files are stored as a map of holes and extended attributes may carry file capabilities.
  const extra = Object.keys(Object(header.pax)).find((key) =>
    /^(GNU\.sparse|SCHILY\.xattr|LIBARCHIVE\.xattr)/.test(key),
  );
  if (extra !== undefined) throw refuse(header, `carries ${extra}`);
  if (header.type === 'file' || header.type === 'directory') return header.type;
  throw refuse(header, `is a ${header.type ?? 'entry of unknown type'}, not a regular file or directory`);
}

function checkPath(header: EntryHeader, type: 'file' | 'directory'): string {
  const { name } = header;
  if (name.length > 255 || !/^[\x20-\x5b\x5d-\x7e]+$/.test(name))
    throw refuse(header, 'has a path that is not plain text');
  if (name.startsWith('/')) throw refuse(header, 'has an absolute path');
  const relative = name.replace(/^\.\//, '');
  const path = type === 'directory' ? relative.replace(/\/$/, '') : relative;
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw refuse(header, 'has an empty, . or .. part in its path');
  }
  return path;
}

function refuse(header: EntryHeader, why: string): BundleError {
  return new BundleError('UnsafeArchive', `archive entry ${JSON.stringify(header.name.slice(0, 255))} ${why}`);
}
