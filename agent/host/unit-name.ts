// Names of our transient units: letters that systemd, a shell and a file system all take as they are.
import { createHash } from 'node:crypto';

const PREFIX = 'byo-';
/** Leaves room for `.service` and for the suffixes of files below the 255 bytes of NAME_MAX. */
const MAX_LENGTH = 200;

/** `byo-<name>` without suffix; every byte outside `[A-Za-z0-9.-]` becomes `_xx`, so that two names never become one. */
export function unitNameOf(name: string): string {
  const bare = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  const escaped = PREFIX + [...Buffer.from(bare, 'utf8')].map(escapeByte).join('');
  if (escaped.length <= MAX_LENGTH) return escaped;
  const hash = createHash('sha256').update(bare).digest('hex').slice(0, 32);
  return `${escaped.slice(0, MAX_LENGTH - 33)}_${hash}`;
}

function escapeByte(byte: number): string {
  const letter = String.fromCharCode(byte);
  return /[A-Za-z0-9.-]/.test(letter) ? letter : `_${byte.toString(16).padStart(2, '0')}`;
}
