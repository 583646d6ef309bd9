// `byo host …`: what there is, and the end of trust in one.
import { Command } from 'commander';
import { isRevoked } from '../common/claim/host-rules.ts';
import { printable } from '../common/errors.ts';
import { findCondition } from '../common/kube/conditions.ts';
import { BYO_HOSTS } from '../common/kube/resources.ts';
import { retryOnConflict } from '../common/kube/retry-on-conflict.ts';
import { acceptLeftovers, describeLeftovers } from './accept-leftovers.ts';
import { orderCleanUp } from './clean-up-host.ts';
import { connectAsUser } from './cluster.ts';
import { common } from './enroll-commands.ts';
import { print, renderTable } from './output.ts';

type Common = { kubeconfig?: string; namespace: string };

const REVOKE_HELP = `
For a machine that was stolen, copied or lost: its key is taken out of the ByoHost, gateways cut its connections and take
no new ones, and no claim is given to it. Needs the permission to update byohosts/claim, which administrators have: a tenant
asks one of them, and until then drains and deletes its Machine. Its Machine, if it has one, stays until somebody deletes it. To take the same
machine in again, re-image it and use \`byo enroll create NAME --replace HOST --revoked\`, which needs that permission too.`;

const CLEAN_UP_HELP = `
For a host whose claim stands although its machine is gone (ClaimOrphaned), and for one that is quarantined with
ClaimConflict, as after the management cluster was restored from a backup that does
not know its machine. Whatever node runs there is taken away: its pods are not drained, and its Node object stays in its
cluster until you delete it. Needs the permission to update byohosts/claim.`;

const ACCEPT_HELP = `
For a host that is NotClean: what is accepted is not taken away, and the reset that waits for it ends. For one that holds data
of a cluster: others may claim it, and can read them. An acceptance holds for exactly what is listed. It stands in spec.accepted of the ByoHost with your name and the time.

Examples:
  byo host leftovers till-7 -n shops
  byo host accept till-7 -n shops 1f0c3a9b22d4
  byo host accept till-7 -n shops --all`;

/** The group of commands; errors are thrown to the caller. */
export function hostCommands(): Command {
  const group = new Command('host').description('look after registered hosts');
  common(group.command('list'))
    .description('show the hosts, who holds them, and why one is not available')
    .action(list);
  common(group.command('revoke <name>'))
    .description('take back the trust in a host')
    .addHelpText('after', REVOKE_HELP)
    .action(revoke);
  common(group.command('clean-up <name>'))
    .description('reset a host whose claim the cluster does not know, or whose machine is gone')
    .addHelpText('after', CLEAN_UP_HELP)
    .action(cleanUp);
  common(group.command('leftovers <name>'))
    .description('show what a cluster has left on a host, and what its owner has changed meanwhile')
    .action(leftovers);
  common(group.command('accept <name> [items...]'))
    .description('let stay what a cluster has left on a host, by the ids that `leftovers` shows')
    .option('--all', 'everything that is listed now', false)
    .addHelpText('after', ACCEPT_HELP)
    .action(accept);
  return group;
}

async function leftovers(name: string, { kubeconfig, namespace }: Common): Promise<void> {
  const host = await connectAsUser(kubeconfig).get(BYO_HOSTS, { namespace, name });
  const rows = describeLeftovers(host);
  const notes = host.status?.reported?.notes ?? [];
  if (rows.length > 0) print(renderTable([['ID', 'KIND', 'ACCEPTED', 'WHAT'], ...rows]));
  for (const note of notes) print(printable(note));
  if (rows.length + notes.length === 0) print(`nothing is left on host ${namespace}/${name}`);
}

async function accept(name: string, items: string[], { kubeconfig, namespace, all }: Common & { all: boolean }) {
  const fresh = await acceptLeftovers(connectAsUser(kubeconfig), { namespace, name }, { all, items });
  for (const { id, what } of fresh) print(`${id.slice(0, 12)} may stay: ${printable(what)}`);
  print(`host ${namespace}/${name} is compared again by itself`);
}

async function cleanUp(name: string, { kubeconfig, namespace }: Common): Promise<void> {
  const { incarnation, generation } = await orderCleanUp(connectAsUser(kubeconfig), { namespace, name });
  print(
    `host ${namespace}/${name} is to be reset under claim ${incarnation}, generation ${generation}; ` +
      'its condition CleanedUp tells how far that is',
  );
}

async function list({ kubeconfig, namespace }: Common): Promise<void> {
  const { items } = await connectAsUser(kubeconfig).listReadable(BYO_HOSTS, { namespace });
  const rows = items.map((host) => {
    const { metadata, spec, status } = host;
    const available = findCondition(status?.conditions, 'Available');
    const trusted = isRevoked(host) ? 'no' : 'yes';
    return [
      metadata.name,
      spec.hostID,
      trusted,
      spec.claim?.name ?? '',
      available?.status ?? '',
      available?.reason ?? '',
    ];
  });
  print(renderTable([['NAME', 'HOST ID', 'TRUSTED', 'MACHINE', 'AVAILABLE', 'REASON'], ...rows]));
}

async function revoke(name: string, { kubeconfig, namespace }: Common): Promise<void> {
  const kube = connectAsUser(kubeconfig);
  await retryOnConflict(async () => {
    const { metadata, spec } = await kube.get(BYO_HOSTS, { namespace, name });
    // Its sealing key stays: an order that was sealed for it must not fail for want of a key.
    const keys = (spec.keys ?? []).filter(({ use }) => use !== 'tls');
    const body = { spec: { keys, unschedulable: true } };
    await kube.patch(
      BYO_HOSTS,
      { namespace, name },
      { manager: 'byo', body, resourceVersion: metadata.resourceVersion },
    );
  });
  print(`host ${namespace}/${name} is revoked: its key is not trusted any more, and it takes no claims`);
}
