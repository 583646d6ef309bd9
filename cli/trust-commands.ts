// `byo trust …`: what every host of this installation trusts, kept where a lost management cluster does not take it along.
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { SYSTEM_NAMESPACE } from '../api/names.ts';
import { connectAsUser } from './cluster.ts';
import { readTrust } from './export-trust.ts';
import { importTrust } from './import-trust.ts';
import { print } from './output.ts';
import { readPassphrase } from './read-passphrase.ts';
import { describeTrust, openTrust, sealTrust } from './trust-file.ts';
import { writeSecretFile } from './write-secret-file.ts';

const EXPORT_HELP = `
Hosts trust an installation: a CA, the key that signs orders, and a random id, which are kept in two Secrets of
${SYSTEM_NAMESPACE}. If these are lost, no host can be reached any more and each must be enrolled anew on site. Export them
once after the installation, and again after either key was changed; keep the file off the cluster, as you keep the keys of
a CA: whoever has the file and its passphrase can order anything on every host.

The file is encrypted with the passphrase (JWE, PBES2-HS512+A256KW), for your eyes alone (0600), and there as a whole or
not at all. Needs the right to read Secrets of ${SYSTEM_NAMESPACE}.

Examples:
  byo trust export site-north.trust                                  asks for the passphrase on the terminal
  pass show byo | byo trust export site-north.trust --passphrase-file -`;

const IMPORT_HELP = `
Where the trust was lost, or in another management cluster that shall take the hosts over. The namespace is made if it is
not there. Another installation's trust is never replaced; the same may be imported again.

  1. kubectl apply -f deploy/namespace -f deploy/crds -f deploy/
  2. byo trust import site-north.trust
  3. start controller and gateway; one that runs already goes on within a minute

Import before the controller starts for the first time: where it finds no trust and no enrolled host it makes its own.
The hosts notice nothing: they reach the gateway at the same address, and their certificates stay good.`;

type Common = { kubeconfig?: string; passphraseFile?: string };

/** The group of commands; errors are thrown to the caller. */
export function trustCommands(): Command {
  const group = new Command('trust').description('back up what the hosts trust, or carry it to another cluster');
  common(group.command('export <file>'))
    .description('write CA, signing key and id of this installation to an encrypted file')
    .option('--force', 'replace the file if it is there', false)
    .addHelpText('after', EXPORT_HELP)
    .action(exportTo);
  common(group.command('import <file>'))
    .description('put them into a management cluster that has none')
    .addHelpText('after', IMPORT_HELP)
    .action(importFrom);
  return group;
}

function common(command: Command): Command {
  return command
    .option(
      '--passphrase-file <file>',
      'file whose first line is the passphrase, or - for standard input; else asked for',
    )
    .option('--kubeconfig <file>', 'kubeconfig of the management cluster; else KUBECONFIG, else ~/.kube/config');
}

async function exportTo(file: string, given: Common & { force: boolean }): Promise<void> {
  const trust = await readTrust(connectAsUser(given.kubeconfig));
  const passphrase = await readPassphrase(given.passphraseFile, { twice: true });
  await writeSecretFile(file, `${await sealTrust(trust, passphrase)}\n`, { force: given.force });
  print(`${describeTrust(trust)} is in ${file}; without its passphrase nobody can open it, nor can you`);
}

async function importFrom(file: string, given: Common): Promise<void> {
  const text = await readFile(file, 'utf8');
  const trust = await openTrust(text, await readPassphrase(given.passphraseFile, { twice: false }));
  const made = await importTrust(connectAsUser(given.kubeconfig), trust);
  const what = describeTrust(trust);
  print(made.length === 0 ? `${what} is here already` : `${what} is here now: ${made.join(' and ')} were made`);
}
