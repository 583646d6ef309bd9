// The command line of the controller.
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { parseListen, type HostPort } from '../common/host-port.ts';
import {
  addKubeconfigOption,
  Address,
  addStatusOptions,
  addTemporalOptions,
  programOptions,
  withMetricsListen,
} from '../common/program-options.ts';
import { SYSTEM_NAMESPACE } from '../api/names.ts';

const Options = z.object({
  ...programOptions,
  namespace: z.string().optional(),
  enrollmentListen: Address.optional(),
  // A manifest has the option always: empty is nothing said.
  gatewayAddress: z
    .string()
    .transform((text) => text || undefined)
    .optional(),
  newInstallation: z.boolean(),
});
export type Options = z.infer<typeof Options>;

const HELP = `
It watches the kinds of deploy/crds, runs one Temporal workflow a ByoMachine, and keeps what hosts trust in Secrets of the
namespace ${SYSTEM_NAMESPACE}. Without Temporal it goes on as far as it can and tries again; run one replica, since a second only
doubles the work.

With --enrollment-listen it answers the gateways (their --controller), which bring the enrollments of hosts; hosts
themselves never reach it.

Examples:
  npm run controller -- --kubeconfig admin.kubeconfig --temporal-address temporal:7233 \\
    --enrollment-listen :9443 --gateway-address gateway.example.com:8443 --metrics-port 9090
  TEMPORAL_ADDRESS=temporal:7233 npm run controller -- --enrollment-listen :9443`;

/** Parses `argv` (as process.argv); `--help` and errors are commander's. */
export function parseOptions(argv: string[]): Options {
  const command = new Command('byo-controller').description(
    'Reconciles ByoClusters, ByoMachines and ByoHosts, and runs the control worker of Temporal.',
  );
  addKubeconfigOption(command).option('--namespace <name>', 'watch one namespace only; all when left out');
  addStatusOptions(addTemporalOptions(command), toListen)
    .option(
      '--enrollment-listen <host:port>',
      'answer gateways that bring enrollments here; off when left out',
      toListen,
    )
    .option('--gateway-address <host:port>', 'where hosts reach a gateway; published for `byo enroll create`')
    .option(
      '--new-installation',
      'make a CA and a signing key also where enrolled hosts trust others that are gone: every host is given up, and ' +
        'must be enrolled anew on site (`byo enroll create NAME --replace HOST`), its node deleted. Try a backup or ' +
        '`byo trust import` first; take the option away again after one start',
      false,
    )
    .addHelpText('after', HELP);
  return Options.parse(withMetricsListen(command.parse(argv).opts()));
}

/** `[::1]:8444`, `127.0.0.1:8444` or `:8444` (every address). */
function toListen(text: string): HostPort {
  const address = parseListen(text);
  if (address && address.port > 0) return address;
  throw new InvalidArgumentError('an address is HOST:PORT, with a port from 1 to 65535');
}
