// YAML to values, for hostile text: no quadratic checks, no expanded aliases, no prototype, no quoting in errors.
import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument } from 'yaml';
import type { Document, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { BootstrapDocumentError, nameForError } from './errors.ts';
import type { BootstrapDocumentErrorCode } from './errors.ts';
import { MAX_YAML_ALIASES, MAX_YAML_DEPTH, MAX_YAML_TOKENS } from './limits.ts';
import { PlainScalar } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

/** Anchors seen so far; an alias shares the value, so that a bomb stays as small as its text. */
type Reading = { anchors: Map<string, YamlValue>; aliases: number; lines: LineCounter };
type YamlNode = ParsedNode | null | undefined;

function refuseYaml(problem: string, line?: number, code: BootstrapDocumentErrorCode = 'InvalidYaml') {
  return new BootstrapDocumentError({
    code,
    message: `the bootstrap document is not acceptable YAML${line === undefined ? '' : ` at line ${line}`}: ${problem}`,
    remedy: 'Correct the KubeadmConfig (files, commands) from which the document was made; lines count after rendering',
  });
}

function lineOf(node: YamlNode, reading: Reading): number | undefined {
  return node?.range ? reading.lines.linePos(node.range[0]).line : undefined;
}

/** Parses one YAML 1.2 document whose root is a mapping. Duplicate keys, unknown tags and deep nesting are refused. */
export function parseYaml(text: string): YamlMap {
  refuseTooManyTokens(text);
  const lines = new LineCounter();
  const document = compose(text, lines);
  // Warnings are unknown tags, and such a value would silently be something else than asked.
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) throw refuseYaml(problem.code, lines.linePos(problem.pos[0]).line);
  const root = readNode(document.contents, { anchors: new Map(), aliases: 0, lines }, 0);
  if (root === null || root === '') {
    throw new BootstrapDocumentError({
      code: 'EmptyDocument',
      message: 'the bootstrap document asks for nothing',
      remedy: 'Give it at least runcmd',
    });
  }
  if (!(root instanceof Map)) throw refuseYaml('its root is not a mapping');
  return root;
}

/** The parser holds hundreds of bytes for each token and each line, so a small text can cost gigabytes. */
function refuseTooManyTokens(text: string): void {
  let left = MAX_YAML_TOKENS;
  for (let at = text.indexOf('\n'); at >= 0 && left > 0; at = text.indexOf('\n', at + 1)) left -= 1;
  const tokens = new Lexer().lex(text);
  for (let token = tokens.next(); !token.done && left > 0; token = tokens.next()) left -= 1;
  if (left <= 0) throw refuseYaml(`more than ${MAX_YAML_TOKENS} lines and tokens`);
}

function compose(text: string, lines: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, {
      schema: 'core',
      version: '1.2',
      customTags: ['binary'],
      lineCounter: lines,
      // At `silent` a second document is dropped without a word.
      logLevel: 'error',
      prettyErrors: false,
      // The library's own check compares every pair of keys; readMap does it in one pass.
      uniqueKeys: false,
    });
  } catch {
    // The parser recurses: only nesting that exhausts the stack gets here. Its error quotes text.
    throw refuseYaml('it cannot be read, probably for its nesting');
  }
}

function readNode(node: YamlNode, reading: Reading, depth: number): YamlValue {
  if (node === null || node === undefined) return null;
  if (depth > MAX_YAML_DEPTH) throw refuseYaml(`more than ${MAX_YAML_DEPTH} levels`, lineOf(node, reading));
  if (isAlias(node)) return readAlias(node.source, reading, lineOf(node, reading));
  const value = readCollection(node, reading, depth);
  if (node.anchor !== undefined) reading.anchors.set(node.anchor, value);
  return value;
}

function readCollection(node: ParsedNode, reading: Reading, depth: number): YamlValue {
  if (isSeq(node)) return readSequence(node, reading, depth);
  if (isMap(node)) return readMap(node, reading, depth);
  if (isScalar(node)) return readScalar(node, lineOf(node, reading));
  throw refuseYaml('unknown kind of node', lineOf(node, reading));
}

function readSequence(node: YAMLSeq.Parsed, reading: Reading, depth: number): YamlValue[] {
  return node.items.map((item) => {
    if ('key' in item) throw refuseYaml('pair in a sequence', lineOf(node, reading));
    return readNode(item, reading, depth + 1);
  });
}

function readAlias(name: string, reading: Reading, line: number | undefined): YamlValue {
  reading.aliases += 1;
  if (reading.aliases > MAX_YAML_ALIASES) throw refuseYaml(`more than ${MAX_YAML_ALIASES} aliases`, line);
  const value = reading.anchors.get(name);
  if (value === undefined) throw refuseYaml('an alias inside of what it names', line);
  return value;
}

function readMap(node: YAMLMap.Parsed, reading: Reading, depth: number): YamlMap {
  const map: YamlMap = new Map();
  for (const pair of node.items) {
    const key = readNode(pair.key, reading, depth + 1);
    const line = lineOf(pair.key, reading);
    if (typeof key !== 'string') throw refuseYaml('a key that is not text', line);
    if (map.has(key)) throw refuseYaml(`the key ${nameForError(key)} stands twice`, line, 'DuplicateKey');
    map.set(key, readNode(pair.value, reading, depth + 1));
  }
  return map;
}

function readScalar(node: Scalar, line: number | undefined): YamlValue {
  const { value } = node;
  if (value === null || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return new PlainScalar(node.source ?? String(value), value);
  }
  throw refuseYaml('unknown kind of scalar', line);
}
