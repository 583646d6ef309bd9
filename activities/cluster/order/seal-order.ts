// Activity: reads what the order needs and seals it to the host's key; nothing secret leaves this function in clear.
import type { MachineView, SealInput } from '../../../api/activities.ts';
import type { ByoHost } from '../../../api/byo-host.ts';
import { FAILURE_REASONS, WAIT_REASONS } from '../../../api/conditions.ts';
import { PACKED_ORDERS, type Order, type PackedOrder, type SealedOrder } from '../../../api/orders.ts';
import type { Reason } from '../../../api/reasons/reason.ts';
import { operationOf } from '../../../api/steps.ts';
import { ByoError } from '../../../common/errors.ts';
import { describeKeyless, describeLost, sealingKeyOf } from '../../../common/claim/host-rules.ts';
import { parsePublicJwk } from '../../../common/keys/jwk.ts';
import { sealOrder, sealPacked } from '../../../common/keys/sealing.ts';
import type { Deeds } from '../right/deed.ts';
import type { ClusterDependencies } from '../dependencies.ts';
import { owedReset, readArguments, type ReadArguments, type VerbArguments } from './order-arguments.ts';
import { decideView } from '../observe/decide-view.ts';
import { findClaimed } from '../right/refused.ts';
import { writeReport } from '../report-conditions.ts';
import type { Situation } from '../observe/situation.ts';

/** An order waits at most minutes for its host; whoever keeps one longer has to ask again. Reset orders stay good. */
const LIFETIME_SECONDS = 3600;

export function createSealOrder(deps: ClusterDependencies): Deeds['sealOrder'] {
  return {
    claimed: async (seen, input) => {
      const host = findClaimed(seen, input.claim);
      if (!host) throw noHost(input);
      if (isLostFor(host, input)) {
        const waiting = { reason: FAILURE_REASONS.hostReplaced, message: describeLost(host) };
        return { waiting, view: decideView(seen, input.machine) };
      }
      const sealed = await sealFor(deps, { host, input, read: () => readArguments(deps.kube, input, seen) });
      if ('waiting' in sealed) return { ...sealed, view: decideView(seen, input.machine) };
      return { ...sealed, view: await tellOrdered(deps, seen, input) };
    },
    owed: async ({ host }, input) => {
      if (!host) throw noHost(input);
      return sealFor(deps, { host, input, read: async () => ({ arguments: owedReset(host) }) });
    },
  };
}

/** Before the order leaves: `clusterctl move` must not take away what a host works for. */
function tellOrdered(deps: ClusterDependencies, seen: Situation, input: SealInput): Promise<MachineView> {
  const { machine, conditions } = input;
  return writeReport(deps, seen, { machine, blocked: true, ...(conditions && { conditions }) });
}

type Sealed = { order: SealedOrder | PackedOrder } | { waiting: Reason };
type Sealing = { host: ByoHost; input: SealInput; read: () => Promise<ReadArguments> };

async function sealFor(deps: ClusterDependencies, { host, input, read }: Sealing): Promise<Sealed> {
  const clock = deps.clock ?? (() => new Date());
  const key = sealingKeyOf(host);
  if (!key) return waitForKey(host);
  const found = await read();
  if ('waiting' in found) return found;
  const order = stateOrder(input, found.arguments, Math.floor(clock().getTime() / 1000));
  const keys = { signing: deps.signingKey.privateJwk, recipient: await parsePublicJwk(key.jwk) };
  const { verb, operation, incarnation, generation } = order;
  const envelope = { verb, operation, incarnation, generation };
  // The host's own word: one that says too much harms nobody else, and is ordered anew.
  const isPacked = (host.status?.reported?.protocol ?? 1) >= PACKED_ORDERS;
  if (isPacked) return { order: { ...envelope, sealed: await sealPacked(order, keys) } };
  return { order: { ...envelope, sealed: await sealOrder(order, keys) } };
}

function noHost({ claim }: SealInput): ByoError {
  const remedy = 'The machine is looked at anew';
  return new ByoError('ClaimConflict', `${claim.hostName} is not there any more`, { remedy, retryable: false });
}

/** A re-imaged machine is asked for one thing under its old claim: to prove itself clean. */
function isLostFor({ spec }: ByoHost, { verb, keepClaim }: SealInput): boolean {
  return spec.claim?.lost === true && !(verb === 'reset' && !keepClaim);
}

function waitForKey(host: ByoHost): Sealed {
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
