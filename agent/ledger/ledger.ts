// Changes of the host, each written down before it is made, so that reset can take exactly them back, newest first.

/**
 * `mode` in octal permissions; `owner` defaults to root. What stood there before is the machine's and is kept until it is
 * put back; below /run, /dev/shm and /etc/kubernetes/pki only its absence or metadata is recorded, never content.
 */
export type FileOptions = {
  mode: number;
  owner?: { uid: number; gid: number };
  /** A file of the install, where nothing was: it goes whatever has become of it. */
  isOwn?: boolean;
};

/**
 * Every method records the old state (content or absence, mode, owner, value) durably, then changes the machine. All are
 * idempotent: the first record of a target within a claim is the one that reset restores.
 */
export interface Ledger {
  /**
   * Atomic: temporary name in the same folder, fsync, chmod and chown, rename, fsync of the folder. Follows no link. A
   * `content` in pieces is asked for the next one when the last is written.
   */
  writeFile(path: string, content: Buffer | string | AsyncIterable<Uint8Array>, options: FileOptions): Promise<void>;
  appendFile(path: string, content: Buffer, options: FileOptions): Promise<void>;
  removeFile(path: string): Promise<void>;
  /** Creates the folder and its missing parents, each recorded. */
  ensureDirectory(path: string, options: FileOptions): Promise<void>;
  setSysctl(name: string, value: string): Promise<void>;
  /** No-op when the module is loaded or built in; an error names a module that cannot be had. */
  loadModule(name: string): Promise<void>;
  /** Turns every active swap off and remembers which. */
  disableSwap(): Promise<void>;
  /** Enables and starts (or only enables) a unit; remembers what it was. */
  enableUnit(unit: string, options: { start: boolean }): Promise<void>;
  /** What commands of the cluster's own document have made of files that stand recorded is ours too, from here on. */
  noteChanged(): Promise<void>;
  /**
   * Takes everything back, newest first, one entry at a time, each marked when done; answers what could not be. What is
   * not as we left it any more stays, and is noted. `isLast`: folders that hold something else are noted too, and are no
   * problem any more.
   */
  undoAll(options?: { isLast: boolean }): Promise<{ path: string; problem: string }[]>;
  /** What has been left as it is since it is somebody's. */
  listNotes(): { path: string; note: string }[];
}
