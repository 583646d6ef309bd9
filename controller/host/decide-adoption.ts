// Whether a claim that only the host still knows is written down again: when the ByoMachine bears it out and nothing
// contradicts. Everything else is quarantined, and a person decides.
import type { ByoHost, Claim } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import type { Machine } from '../../api/cluster-api.ts';
import { providerIdOf } from '../../api/names.ts';
import { incarnationOf, isDeleting } from '../../common/contract.ts';
import { isClosedOnHost, strangeClaimOf } from '../../common/claim/claim-conflict.ts';
import { isBeyond, nextGenerationOf } from '../../common/claim/claim-generation.ts';
import { isSelected } from '../../common/label-selector.ts';

/** Who is said to hold the host, as the cluster has it. */
export type Claimant = {
  machine: ByoMachine;
  owner?: Machine | undefined;
  /** It or its Cluster is paused, or on its way to another management cluster. */
  held: boolean;
  /** Hosts of the namespace. */
  hosts: readonly ByoHost[];
};

/** The claim to restore, with the generation that the host works for; pure. */
export function decideAdoption(host: ByoHost, claimant: Claimant | undefined): Claim | undefined {
  const open = strangeClaimOf(host);
  if (!open || !claimant || !isFree(host) || !isPossible(host, open.generation)) return undefined;
  const { machine, held, hosts } = claimant;
  const incarnation = incarnationOf(machine);
  if (held || incarnation !== open.incarnation || !isBorneOut(host, open.generation, claimant)) return undefined;
  const others = hosts.filter((other) => other.spec.hostID !== host.spec.hostID);
  // A machine with two hosts would have one too many, and it cannot be told here which.
  if (others.some((other) => isOf(other, incarnation))) return undefined;
  const { namespace, name } = machine.metadata;
  return { namespace, name, incarnation, generation: open.generation };
}

/** The cluster can have given it out, and nothing later is known. */
function isPossible(host: ByoHost, generation: number): boolean {
  return generation >= (host.spec.lastGeneration ?? 0) && !isBeyond(host, generation);
}

/**
 * A restored cluster may give out a generation that the host has closed already, and the host refuses it for ever. While
 * nothing was done for the claim it is given a new one; the providerID of a prepared machine names the old for good. Once
 * in a resync at most: a host may say of every generation that it has closed it.
 */
export function decideRenewal(host: ByoHost, { claimant, renewedRecently }: Renewing): Claim | undefined {
  const { claim } = host.spec;
  if (!claim || !claimant || renewedRecently || !isClosedOnHost(host) || !isUntouched(claimant)) return undefined;
  if (isBeyond(host, host.status?.reported?.generation ?? 0)) return undefined;
  return { ...claim, generation: nextGenerationOf(host) };
}

type Renewing = { claimant?: Claimant | undefined; renewedRecently?: boolean | undefined };

function isUntouched({ machine, held }: Claimant): boolean {
  return !held && !isDeleting(machine) && machine.spec.providerID === undefined;
}

/** Prepared, and to stay: a host that has closed its claim contradicts it. */
export function isSettledOn({ machine }: Claimant): boolean {
  return !isDeleting(machine) && machine.spec.providerID !== undefined;
}

function isFree({ metadata, spec, status }: ByoHost): boolean {
  const going = metadata.deletionTimestamp !== undefined;
  return !spec.claim && !spec.cleanupOwed && !status?.reported?.quarantine && !going;
}

/** A providerID names host and generation. Before it is set, the machine must be one that the host could be claimed by. */
function isBorneOut({ metadata, spec }: ByoHost, generation: number, { machine, owner }: Claimant): boolean {
  const { providerID, selector } = machine.spec;
  if (providerID !== undefined) return providerID === providerIdOf(spec.hostID, generation);
  const domain = owner?.spec.failureDomain;
  return isSelected(selector, metadata.labels) && (domain === undefined || domain === spec.failureDomain);
}

function isOf({ spec, status }: ByoHost, incarnation: string): boolean {
  return [spec.claim, spec.cleanupOwed, status?.reported?.openClaim].some((one) => one?.incarnation === incarnation);
}
