// ReleaseEndpoint: a host that leaves does not answer for the cluster that stays. The first deed of a reset, before the
// control plane here ends: from then on, whoever still came to this host by that address would find nobody.
import type { DrainArguments, Endpoint, ResetArguments } from '../../../api/orders.ts';
import { ByoError, describeError, printable } from '../../../common/errors.ts';
import { listEndpoints, type ClusterNotes } from '../../cluster-folders/folder-notes.ts';
import { decideRelease, type Release } from '../../endpoint/decide-release.ts';
import { stopHolders } from '../../endpoint/holder-pods.ts';
import { observeEndpoint } from '../../endpoint/observe-endpoint.ts';
import type { Host } from '../../host/host.ts';
import type { Claim } from '../../journal/claims.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import type { ResetDeps } from './compare-baseline.ts';
import { mustRun } from '../../linux/must-run.ts';

/** Stopping keepalived lasts as long as its own last words to the others. */
const STOP_SECONDS = 120;

/** @throws ByoError `ResetBlocked` (retryable) while something puts the address back */
export function createReleaseEndpoint(deps: EndpointMemory): Step<Pick<ResetArguments, 'endpoint'>> {
  return {
    name: 'ReleaseEndpoint',
    look: async ({ host, key }, { endpoint }) => isReleased(await look(host, wantedOf(deps, key, endpoint))),
    act: async (context, { endpoint }) => releaseEndpoint(context, wantedOf(deps, context.key, endpoint)),
  };
}

/** What the journal knows of the endpoint and of what the machine had before. */
export type EndpointMemory = Pick<ResetDeps, 'readBaseline'> & ClusterNotes;
/** In a drain only what the order names: without, the host stays in its cluster, and the drain is all that is asked. */
export function createReleaseOrderedEndpoint(deps: EndpointMemory): Step<DrainArguments> {
  const step = createReleaseEndpoint(deps);
  return {
    name: step.name,
    look: async (context, input) => input.endpoint === undefined || step.look(context, input),
    act: async (context, input) => {
      try {
        await step.act(context, input);
      } catch (error) {
        if (!(error instanceof ByoError)) throw error;
        // A drain keeps no host: the reset, which comes next, waits for this and says so.
        context.report({ message: describeError(error) });
      }
    },
  };
}

type Wanted = Parameters<typeof observeEndpoint>[1];

function wantedOf(deps: EndpointMemory, claim: Claim, endpoint: Endpoint | undefined): Wanted {
  return { endpoint, before: deps.readBaseline(claim), names: listEndpoints(deps, claim) };
}

/** Holders first, then the address, then a look whether it stays away; also what the end of a reset does once more. */
export async function releaseEndpoint(context: StepContext, wanted: Wanted): Promise<void> {
  const { host } = context;
  const { stop, disable, stopPods, manifests } = await look(host, wanted);
  for (const unit of stop) {
    context.report({ message: `${unit} is stopped: it holds the endpoint of the cluster` });
    await mustRun(host, ['systemctl', 'stop', unit], { timeoutSeconds: STOP_SECONDS });
  }
  for (const unit of disable) await mustRun(host, ['systemctl', 'disable', unit]);
  if (stopPods) await stopHolders(host, { manifests }, context.signal);
  for (const { address, prefix, link } of (await look(host, wanted)).addresses) {
    context.report({ message: `${address} is taken off ${link}: it is the endpoint of the cluster` });
    // One that has gone meanwhile fails like one that cannot be taken away: the look tells them apart.
    await host.run(['ip', 'address', 'delete', `${address}/${prefix}`, 'dev', link]);
  }
  const left = await look(host, wanted);
  if (!isReleased(left)) throw stillHeld(left);
}

async function look(host: Host, wanted: Wanted): Promise<Release> {
  return decideRelease(await observeEndpoint(host, wanted));
}

function isReleased({ stop, disable, stopPods, addresses }: Release): boolean {
  return stop.length + disable.length + addresses.length === 0 && !stopPods;
}

function stillHeld({ stop, disable, stopPods, manifests, addresses, owners }: Release): ByoError {
  const where = addresses.map(({ address, link }) => `${address} on ${link}`);
  const holders = [
    ...owners.map((unit) => `${unit}, which ran here before the claim`),
    ...new Set([...stop, ...disable, ...manifests.map(({ path }) => path)]),
    ...(stopPods && manifests.length === 0 ? ['a pod'] : []),
  ];
  const held = [...where, ...(holders.length > 0 ? [`held by ${holders.join(', ')}`] : [])].join(', ');
  return new ByoError('ResetBlocked', printable(`the endpoint of the cluster is still here: ${held}`, 900), {
    remedy: owners.length > 0 ? 'Take the address out of its configuration' : 'Stop on the host what holds the address',
    retryable: true,
  });
}
