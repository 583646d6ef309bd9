// Names the variables that a failed template line asked for; the engine itself tells only the line.
import type { InstanceData } from './instance-data.ts';

const MAX_LINE = 4096;
const MAX_NAMES = 20;
const TAG = /\{[{%](.*?)[}%]\}/g;
const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;
/** Dotted names, but no attributes of calls, and nothing after `|` or `is`: filters and tests are not variables. */
const NAME = /(?<![\w.]|\|\s{0,9}|\bis\s{1,9}(?:not\s{1,9})?)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/g;
const KEYWORDS = new Set(
  'if elif else endif for in endfor set endset not and or is true false none True False None raw with loop'.split(' '),
);

/** Dotted names on `line` of a template that `data` does not define; none when the line does not tell. */
export function findUndefinedNames(line: string, data: InstanceData): string[] {
  const found = new Set<string>();
  for (const tag of line.slice(0, MAX_LINE).matchAll(TAG)) {
    const code = (tag[1] ?? '').replace(STRING, "''");
    for (const name of code.matchAll(NAME)) if (!KEYWORDS.has(name[0])) found.add(name[0].slice(0, 128));
  }
  return [...found].slice(0, MAX_NAMES).filter((name) => isUndefined(name, data));
}

function isUndefined(name: string, data: InstanceData): boolean {
  let value: InstanceData | string | undefined = data;
  for (const part of name.split('.')) {
    // A method of a text, such as split: not ours to judge.
    if (typeof value === 'string') return false;
    if (value === undefined || !Object.hasOwn(value, part)) return true;
    value = value[part];
  }
  return false;
}
