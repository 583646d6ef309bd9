// `byo-agent accept-zone`: the owner's word on content in a folder that a node fills.
import type { Command } from 'commander';
import { ByoError } from '../../common/errors.ts';
import { createMachineHost } from '../host/machine-host.ts';
import { ACCEPTED_ZONES_FILE, acceptZone, type Acceptance } from './accepted-zones.ts';

type Options = { keep: boolean; delete: boolean; revoke: boolean };

const SAID: Record<Acceptance | 'revoke', string> = {
  keep: 'what stands there when a cluster takes this host stays as it is',
  delete: 'what stands there goes as soon as a cluster takes this host',
  revoke: 'nothing is accepted there any more',
};

export function addAcceptZoneCommand(program: Command): void {
  program
    .command('accept-zone <path>')
    .description(`say that this host may be claimed although a node's folder holds something (${ACCEPTED_ZONES_FILE})`)
    .option('--keep', 'it stays, byte for byte, and a reset deletes only what came later', false)
    .option('--delete', 'it may go: it is deleted as soon as a cluster takes this host', false)
    .option('--revoke', 'take the word back', false)
    .action(async (path: string, options: Options) => {
      const how = decideAcceptance(options);
      await acceptZone(createMachineHost({ stateDir: '/var/lib/byo-agent' }), path, how === 'revoke' ? undefined : how);
      process.stdout.write(`${path}: ${SAID[how]}\n`);
    });
}

/** Exactly one: nobody deletes by a default. */
export function decideAcceptance(options: Options): keyof typeof SAID {
  const words = (['keep', 'delete', 'revoke'] as const).filter((word) => options[word]);
  const [word] = words;
  if (word && words.length === 1) return word;
  throw new ByoError('HostUnfit', 'say exactly one of --keep, --delete and --revoke', {
    remedy: 'See byo-agent accept-zone --help',
    retryable: false,
  });
}
