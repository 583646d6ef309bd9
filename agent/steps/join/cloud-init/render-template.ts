// Renders a Jinja document as cloud-init would, in an engine that cannot reach JavaScript (docs/decisions/0002-jinja.md).
import { setFlagsFromString } from 'node:v8';
import { Environment } from 'minijinja-js';
import { BootstrapDocumentError } from './errors.ts';
import type { InstanceData } from './instance-data.ts';
import { MAX_RENDERED_LENGTH, MAX_TEMPLATE_FUEL, MAX_TEMPLATE_PAGES } from './limits.ts';
import { findUndefinedNames } from './undefined-names.ts';

// The engine is WebAssembly, whose memory only V8 can bound; it reads the flag whenever memory grows.
setFlagsFromString(`--wasm-max-mem-pages=${MAX_TEMPLATE_PAGES}`);

/** What the engine calls an error, by the beginning of its message; the rest of it may quote the document. */
const KNOWN_PROBLEMS = [
  'syntax error',
  'unknown filter',
  'unknown test',
  'unknown function',
  'unknown method',
  'template not found',
  'invalid operation',
  'engine ran out of fuel',
  'too many arguments',
  'missing argument',
  'cannot unpack',
] as const;

/** `text` is the document without its Jinja header, which was line 1. Undefined variables are named and refused. */
export function renderTemplate(text: string, data: InstanceData): string {
  // Jinja2 takes one newline off the end and cloud-init puts it back.
  const newline = text.endsWith('\n') ? '\n' : '';
  const source = keepNewlineAfterRaw(newline ? text.slice(0, -1) : text);
  const rendered = renderSource(source, data) + newline;
  if (rendered.length <= MAX_RENDERED_LENGTH) return rendered;
  throw refuseTemplate(`it renders to more than ${MAX_RENDERED_LENGTH} characters`);
}

function renderSource(source: string, data: InstanceData): string {
  const environment = createEnvironment();
  try {
    const rendered = environment.renderStr(source, data);
    environment.free();
    return rendered;
  } catch (error) {
    // Not freed: after a trap the engine throws on it. The garbage collector frees the others.
    throw explainFailure(error, source, data);
  }
}

/** cloud-init's settings: trim_blocks, no autoescape, no loader; Python's string methods work. */
function createEnvironment(): Environment {
  const environment = new Environment();
  environment.trimBlocks = true;
  environment.keepTrailingNewline = true;
  environment.undefinedBehavior = 'strict';
  environment.fuel = MAX_TEMPLATE_FUEL;
  environment.enablePyCompat();
  return environment;
}

/** Jinja2 keeps the newline after `{% raw %}` even with trim_blocks; the engine needs a `+` to do so. */
function keepNewlineAfterRaw(source: string): string {
  const raw = /\{%([-+]?)\s*raw\s*%\}/g;
  const end = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
  let result = '';
  let done = 0;
  for (let match = raw.exec(source); match; match = raw.exec(source)) {
    result += `${source.slice(done, match.index)}{%${match[1] ?? ''} raw +%}`;
    done = raw.lastIndex;
    end.lastIndex = done;
    // What stands inside of the block is content, even if it looks like another raw.
    if (!end.test(source)) break;
    raw.lastIndex = end.lastIndex;
  }
  return result + source.slice(done);
}

function explainFailure(error: unknown, source: string, data: InstanceData): BootstrapDocumentError {
  const message = error instanceof Error ? error.message : '';
  const line = Number(/\(in <string>:(\d{1,7})\)/.exec(message)?.[1] ?? 0);
  const place = line > 0 ? ` at line ${line + 1}` : '';
  if (message.startsWith('undefined value')) {
    const names = findUndefinedNames(source.split('\n')[line - 1] ?? '', data);
    return refuseUndefined(names, place);
  }
  const known = KNOWN_PROBLEMS.find((problem) => message.startsWith(problem));
  return refuseTemplate(`${known ?? 'it is malformed, too large or too deeply nested'}${place}`);
}

function refuseUndefined(names: string[], place: string): BootstrapDocumentError {
  const which = names.length > 0 ? `undefined: ${names.join(', ')}` : 'an undefined variable';
  return new BootstrapDocumentError({
    code: 'UndefinedVariable',
    message: `the bootstrap document's template uses a variable that this host does not have${place}: ${which}`,
    remedy: 'Correct the name, or guard it with {% if NAME is defined %} or {{ NAME | default("…") }}',
  });
}

function refuseTemplate(problem: string): BootstrapDocumentError {
  return new BootstrapDocumentError({
    code: 'InvalidTemplate',
    message: `the bootstrap document's Jinja template cannot be rendered: ${problem}`,
    remedy: 'Correct the template; put text that is not meant for Jinja between {% raw %} and {% endraw %}',
  });
}
