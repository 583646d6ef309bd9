// Activity: reads what the order needs and seals it to the host's key; nothing secret leaves this function in clear.
import type { ClusterActivities, SealInput, SealResult } from '../../api/activities.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import { FAILURE_REASONS, WAIT_REASONS } from '../../api/conditions.ts';
import type { Order } from '../../api/orders.ts';
import { operationOf } from '../../api/steps.ts';
import { isClaimedBy } from '../../common/contract.ts';
import { ByoError } from '../../common/errors.ts';
import { describeKeyless, describeLost, sealingKeyOf } from '../../common/host-rules.ts';
import { BYO_HOSTS } from '../../common/kube/resources.ts';
import { parsePublicJwk } from '../../common/jwk.ts';
import { sealOrder } from '../../common/sealing.ts';
import { owes } from './decide-cleanup.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { readArguments, type VerbArguments } from './order-arguments.ts';

/** An order waits at most minutes for its host; whoever keeps one longer has to ask again. Reset orders stay good. */
const LIFETIME_SECONDS = 3600;

export function createSealOrder(deps: ClusterDependencies): ClusterActivities['sealOrder'] {
  const clock = deps.clock ?? (() => new Date());
  return async (input) => {
    const host = await readClaimedHost(deps, input);
    if (isLostFor(host, input))
      return { waiting: { reason: FAILURE_REASONS.hostReplaced, message: describeLost(host) } };
    const key = sealingKeyOf(host);
    if (!key) return waitForKey(host);
    const read = await readArguments(deps.kube, input);
    if ('waiting' in read) return read;
    const order = stateOrder(input, read.arguments, Math.floor(clock().getTime() / 1000));
    const sealed = await sealOrder(order, {
      signing: deps.signingKey.privateJwk,
      recipient: await parsePublicJwk(key.jwk),
    });
    const { verb, operation, incarnation, generation } = order;
    return { order: { verb, operation, incarnation, generation, sealed } };
  };
}

/** The host of the claim as it is now: an order for a claim that is no more would be refused by the host anyway. */
async function readClaimedHost(deps: ClusterDependencies, input: SealInput): Promise<ByoHost> {
  const { machine, claim } = input;
  const host = await deps.kube.find(BYO_HOSTS, { namespace: machine.namespace, name: claim.hostName });
  if (host && mayBeOrdered(host, input)) return host;
  throw new ByoError(
    'ClaimConflict',
    `${claim.hostName} does not carry claim generation ${claim.generation} any more`,
    {
      remedy: 'The machine is looked at anew',
      retryable: false,
    },
  );
}

/** A re-imaged machine is asked for one thing under its old claim: to prove itself clean. */
function isLostFor({ spec }: ByoHost, { verb, keepClaim }: SealInput): boolean {
  return spec.claim?.lost === true && !(verb === 'reset' && !keepClaim);
}

/** For what it owes, a host may be told nothing but to reset, and only while nobody holds it. */
function mayBeOrdered(host: ByoHost, { machine, claim, verb, keepClaim, owed }: SealInput): boolean {
  if (owed) return verb === 'reset' && !keepClaim && !host.spec.claim && owes(host, { machine, claim });
  return isClaimedBy(host, machine) && host.spec.claim?.generation === claim.generation;
}

function waitForKey(host: ByoHost): SealResult {
  return { waiting: { reason: WAIT_REASONS.waitingForHostKey, message: describeKeyless(host) } };
}

function stateOrder(input: SealInput, args: VerbArguments, now: number): Order {
  const { machine, claim, verb, attempt, keepClaim } = input;
  const version = args.verb === 'install' ? args.arguments.version : undefined;
  return {
    ...args,
    hostID: claim.hostID,
    incarnation: machine.incarnation,
    generation: claim.generation,
    operation: operationOf(verb, version, attempt, keepClaim),
    issuedAt: now,
    ...(verb === 'reset' ? {} : { expiresAt: now + LIFETIME_SECONDS }),
  };
}
