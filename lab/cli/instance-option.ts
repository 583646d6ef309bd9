// Options that several commands have.
import { InvalidArgumentError, Option } from 'commander';
import { hostKind, instanceName } from '../state.ts';

/** `--instance NAME`, also BYO_LAB_INSTANCE, `demo` unless given. */
export function instanceOption(): Option {
  return new Option('-i, --instance <name>', 'which instance').default('demo').env('BYO_LAB_INSTANCE').argParser(parse);
}

/** `--kind container|machine`: what the hosts are. */
export function kindOption(): Option {
  return new Option(
    '--kind <kind>',
    'hosts as containers (the default), or as machines with a kernel of their own',
  ).choices(hostKind.options);
}

function parse(text: string): string {
  const parsed = instanceName.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? 'not an instance name');
  return parsed.data;
}
