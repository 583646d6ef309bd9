// write_files to the files of the plan, with cloud-init's defaults and our refusals.
import { BootstrapDocumentError, listNames, nameForError, refuseValue } from './errors.ts';
import type { BootstrapFile } from './bootstrap-plan.ts';
import { decodeContent } from './decode-content.ts';
import { checkFilePath } from './file-path.ts';
import { replaceInterfaceName } from './interface-name.ts';
import type { InterfaceName } from './interface-name.ts';
import { MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_FILE_BYTES } from './limits.ts';
import { PlainScalar } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

const KNOWN_KEYS = new Set(['path', 'content', 'encoding', 'owner', 'permissions', 'append']);
const OWNER = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,63}))?$/;
const TRUE_WORDS = new Set(['true', '1', 'on', 'yes']);
const FALSE_WORDS = new Set(['false', '0', 'off', 'no']);

/** Files in the order in which they are written. `iface` replaces BYOH's placeholder in their contents. */
export function readFiles(value: YamlValue, iface: InterfaceName): BootstrapFile[] {
  if (!Array.isArray(value)) throw refuseValue('write_files', 'is not a list', 'Give a list of files');
  if (value.length > MAX_FILES) {
    throw refuseValue('write_files', `has ${value.length} entries, more than ${MAX_FILES}`, 'Write fewer files');
  }
  let left = MAX_TOTAL_FILE_BYTES;
  return value.map((entry, index) => {
    const file = readFile(`write_files[${index}]`, entry, { iface, limit: Math.min(left, MAX_FILE_BYTES) });
    left -= file.content.length;
    return file;
  });
}

function readFile(where: string, entry: YamlValue, rules: { iface: InterfaceName; limit: number }): BootstrapFile {
  if (!(entry instanceof Map)) throw refuseValue(where, 'is not a mapping', 'Give path and content');
  refuseUnknownKeys(where, entry);
  const path = checkFilePath(`${where}.path`, entry.get('path'));
  const decoded = decodeContent({
    where,
    encoding: entry.get('encoding'),
    content: entry.get('content'),
    limit: rules.limit,
  });
  return {
    path,
    content: replaceInterfaceName(decoded, rules.iface, `${where}.content (${nameForError(path)})`),
    owner: readOwner(`${where}.owner`, entry.get('owner')),
    permissions: readPermissions(`${where}.permissions`, entry.get('permissions')),
    append: readFlag(`${where}.append`, entry.get('append')),
  };
}

function refuseUnknownKeys(where: string, entry: YamlMap): void {
  const unknown = [...entry.keys()].filter((key) => !KNOWN_KEYS.has(key));
  if (unknown.length === 0) return;
  throw new BootstrapDocumentError({
    code: 'UnsupportedKeys',
    message: `${where} has unsupported keys: ${listNames(unknown)}`,
    remedy: `Use only ${[...KNOWN_KEYS].join(', ')}`,
  });
}

function readOwner(where: string, value: YamlValue | undefined): string {
  if (value === undefined || value === null || value === '') return 'root:root';
  const match = typeof value === 'string' ? OWNER.exec(value) : null;
  if (!match) throw refuseValue(where, 'is not user or user:group', 'Write root:root, with names that the host has');
  // Without a group cloud-init leaves the group of the file, which is root's when it makes it.
  return `${match[1] ?? 'root'}:${match[2] ?? 'root'}`;
}

function readPermissions(where: string, value: YamlValue | undefined): number {
  if (value === undefined || value === null || value === '') return 0o644;
  const text = octalDigitsOf(value);
  if (text === undefined) {
    throw refuseValue(where, "is not octal, such as '0644'", 'Quote it: a bare 644 is a decimal number to YAML');
  }
  return Number.parseInt(text, 8);
}

/** Quoted: octal as it stands. Bare: only with the leading 0 that tells octal from decimal. At most 07777. */
function octalDigitsOf(value: YamlValue): string | undefined {
  if (typeof value === 'string') return /^(?:0o)?(0?[0-7]{1,4})$/.exec(value.trim())?.[1];
  return value instanceof PlainScalar ? /^0o?([0-7]{1,4})$/.exec(value.source)?.[1] : undefined;
}

function readFlag(where: string, value: YamlValue | undefined): boolean {
  if (value === undefined || value === null) return false;
  const word = value instanceof PlainScalar ? value.source : value;
  const lower = typeof word === 'string' ? word.trim().toLowerCase() : '';
  if (TRUE_WORDS.has(lower)) return true;
  if (FALSE_WORDS.has(lower)) return false;
  throw refuseValue(where, 'is not true or false', 'Write true or false');
}
