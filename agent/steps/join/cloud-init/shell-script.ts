// bootcmd and runcmd to one shell script, as cloud-init writes it.
import { refuseValue } from './errors.ts';
import { MAX_SCRIPT_LENGTH } from './limits.ts';
import { PlainScalar } from './yaml-value.ts';
import type { YamlValue } from './yaml-value.ts';

const REMEDY = 'Give a list whose items are strings (shell lines) or lists of strings (one command with its arguments)';

/**
 * One `#!/bin/sh` script: strings verbatim on their own lines, lists with each item in single quotes, null skipped.
 * No `set -e`: variables, `cd` and failures carry on from line to line, as in cloud-init. `key` is bootcmd or runcmd.
 */
export function writeShellScript(key: string, commands: YamlValue): string {
  if (!Array.isArray(commands)) throw refuseValue(key, 'is not a list', REMEDY);
  let script = '#!/bin/sh\n';
  for (const [index, command] of commands.entries()) {
    if (command === null) continue;
    script += `${writeCommand(`${key}[${index}]`, command)}\n`;
    if (script.length > MAX_SCRIPT_LENGTH) throw refuseValue(key, `is longer than ${MAX_SCRIPT_LENGTH}`, REMEDY);
  }
  return script;
}

function writeCommand(where: string, command: YamlValue): string {
  if (typeof command === 'string') return checkShellText(where, command);
  if (!Array.isArray(command)) throw refuseValue(where, 'is neither a string nor a list', REMEDY);
  return command.map((argument, index) => quoteArgument(`${where}[${index}]`, argument)).join(' ');
}

function quoteArgument(where: string, argument: YamlValue): string {
  // Numbers and booleans as they were written: cloud-init would hand `0644` on as 420 and `true` as True.
  const text = argument instanceof PlainScalar ? argument.source : argument;
  if (typeof text !== 'string') throw refuseValue(where, 'is not a string', REMEDY);
  return `'${checkShellText(where, text).replaceAll("'", String.raw`'\''`)}'`;
}

function checkShellText(where: string, text: string): string {
  if (text.includes('\0')) throw refuseValue(where, 'holds a NUL character', 'No shell can read it: remove it');
  if (!text.isWellFormed()) throw refuseValue(where, 'holds half of a character', 'Write it as UTF-8');
  return text;
}
