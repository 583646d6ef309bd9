// `byo enroll …`: who may register hosts.
import { Command } from 'commander';
import { enrollmentSecretOf } from '../api/names.ts';
import { findCondition } from '../common/kube/conditions.ts';
import { BYO_HOST_ENROLLMENTS, SECRETS } from '../common/kube/resources.ts';
import { connectAsUser } from './cluster.ts';
import { createEnrollment, type Created } from './create-enrollment.ts';
import { print, renderTable } from './output.ts';
import { parseAddress, parseCount, parseLabel, parseTtl } from './parse-arguments.ts';
import { UsageError } from './usage-error.ts';

const CREATE_HELP = `
The token is shown once and kept nowhere. Run the printed command as root on the machine; it gives the token on standard
input, where no other user can read it. A machine whose answer was lost may run it again; another machine may not.

Examples:
  byo enroll create till-7 -n shops
  byo enroll create rack-4 -n shops --hosts 20 --ttl 8h --label site=north --failure-domain rack-4
  byo enroll create till-8 -n shops --agent-package dist/byo-agent-0.1.0-1a2b3c4d5e6f-amd64.tar.gz
  byo enroll create till-7-again -n shops --replace till-7      the machine was re-imaged; it keeps its host id
  byo enroll create till-7-again -n shops --replace till-7 --revoked   … after it was revoked; for administrators`;

const HOUR_MS = 3600_000;

type Common = { kubeconfig?: string; namespace: string };
type CreateArguments = Common & {
  hosts: number;
  ttl?: number;
  label?: Record<string, string>;
  hostName?: string;
  failureDomain?: string;
  replace?: string;
  revoked?: boolean;
  gateway?: string;
  agentPackage?: string;
  output?: string;
};

/** The group of commands; errors are thrown to the caller. */
export function enrollCommands(): Command {
  const group = new Command('enroll').description('say who may register machines as hosts');
  common(group.command('create <name>'))
    .description('make a token, and print the command that registers a machine with it')
    .option('--hosts <count>', 'how many machines may register with the token', parseCount, 1)
    .option('--ttl <time>', 'how long the token is good: 30m, 1h, 2d (default: 1h)', parseTtl)
    .option('--label <key=value>', 'label of the hosts; repeat', parseLabel)
    .option('--host-name <name>', 'name of the ByoHost, for one machine; else its hostname is taken as a wish')
    .option('--failure-domain <name>', 'failure domain of the hosts')
    .option('--replace <host>', 'the ByoHost whose machine was re-imaged and registers again')
    .option(
      '--revoked',
      'with --replace: also a host that was revoked; needs the permission to update byohosts/claim, as administrators have it',
    )
    .option(
      '--gateway <host:port>',
      'where the machine reaches a gateway; else what the controller has published',
      parseAddress,
    )
    .option('--agent-package <file>', 'the agent package for the machine: its SHA-256 is printed, to be compared there')
    .option('-o, --output <format>', 'json')
    .addHelpText('after', CREATE_HELP)
    .action(create);
  common(group.command('list')).description('show the enrollments, and which are open').action(list);
  common(group.command('revoke <name>'))
    .description('end an enrollment at once; hosts that have registered stay')
    .action(revoke);
  return group;
}

/** Options that every command has, as kubectl names them. */
export function common(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'namespace of the hosts', 'default')
    .option('--kubeconfig <file>', 'kubeconfig of the management cluster; else KUBECONFIG, else ~/.kube/config');
}

async function create(name: string, given: CreateArguments): Promise<void> {
  const {
    namespace,
    hosts,
    ttl = HOUR_MS,
    label,
    hostName,
    failureDomain,
    replace,
    revoked,
    gateway,
    agentPackage,
  } = given;
  if (given.output !== undefined && given.output !== 'json') throw new UsageError('unknown output', 'Use -o json');
  const optional = { labels: label, hostName, failureDomain, replace, revoked, gateway, agentPackage };
  const wish = { namespace, name, hosts, ttlMs: ttl, ...optional };
  const created = await createEnrollment(connectAsUser(given.kubeconfig), wish);
  print(given.output === 'json' ? JSON.stringify(created, undefined, 2) : describe(created, hosts));
}

function describe({ namespace, name, expiresAt, command, agentPackage }: Created, hosts: number): string {
  const many = hosts === 1 ? 'one machine' : `${hosts} machines`;
  const first = `# ${namespace}/${name}: ${many} until ${expiresAt}. Run as root on the machine; this is shown once:\n`;
  return `${first}${agentPackage ? checkOf(agentPackage) : ''}${command}`;
}

/** Run where the package lies, before anything of it is. */
function checkOf({ name, sha256 }: NonNullable<Created['agentPackage']>): string {
  return `# the agent package is to be this one: echo '${sha256}  ${name}' | sha256sum -c\n`;
}

async function list({ kubeconfig, namespace }: Common): Promise<void> {
  const { items } = await connectAsUser(kubeconfig).listReadable(BYO_HOST_ENROLLMENTS, { namespace });
  const rows = items.map(({ metadata, spec, status }) => {
    const open = findCondition(status?.conditions, 'Open');
    const used = `${spec.admitted?.length ?? 0}/${spec.hosts}`;
    return [metadata.name, used, spec.expiresAt, open?.status ?? 'Unknown', open?.reason ?? ''];
  });
  print(renderTable([['NAME', 'USED', 'EXPIRES', 'OPEN', 'REASON'], ...rows]));
}

/** The Secret first: without it no token is believed, even if the second step never comes. */
async function revoke(name: string, { kubeconfig, namespace }: Common): Promise<void> {
  const kube = connectAsUser(kubeconfig);
  const known = await kube.get(BYO_HOST_ENROLLMENTS, { namespace, name });
  await kube.delete(SECRETS, { namespace, name: enrollmentSecretOf(name) });
  await kube.delete(BYO_HOST_ENROLLMENTS, { namespace, name }, { uid: known.metadata.uid });
  print(`enrollment ${namespace}/${name} is revoked`);
}
