// The one option that every command has.
import { InvalidArgumentError, Option } from 'commander';
import { instanceName } from '../state.ts';

/** `--instance NAME`, also BYO_LAB_INSTANCE, `demo` unless given. */
export function instanceOption(): Option {
  return new Option('-i, --instance <name>', 'which instance').default('demo').env('BYO_LAB_INSTANCE').argParser(parse);
}

function parse(text: string): string {
  const parsed = instanceName.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? 'not an instance name');
  return parsed.data;
}
