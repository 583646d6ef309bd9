// What a host is compared by: everything that a node may leave behind beside files, one line for each thing.
import { z } from 'zod';
import { ZoneStates } from '../zones/zones.ts';

const Lines = z.array(z.string()).optional();

/**
 * The machine at one moment. A sysctl's line is `name=value`; every other line is the thing itself. A kind that is absent
 * was not looked at (another version of the agent took the baseline) and is not judged.
 */
export const Baseline = z.object({
  link: Lines,
  address: Lines,
  route: Lines,
  rule: Lines,
  sysctl: Lines,
  mount: Lines,
  module: Lines,
  unit: Lines,
  folder: Lines,
  /** Sets of the packet filter, by name. */
  set: Lines,
  /** What hangs in the traffic of a NIC. */
  tc: Lines,
  /** What is pinned below /sys/fs/bpf. */
  pin: Lines,
  /** Names in folders of the machine, by which data of pods are told from what was there: not compared. */
  entry: Lines,
  /** Addresses with a lifetime: they come and go by themselves, and are the machine's own while they are there. */
  leased: Lines,
  /** Services that hold addresses for several machines and ran when the claim began. */
  holder: Lines,
  /** What stood in each zone; an older agent did not look. */
  zones: ZoneStates.optional(),
});
export type Baseline = z.infer<typeof Baseline>;
export type Kind = Exclude<keyof Baseline, 'zones'>;

/** One thing that was not so when the claim began. `was`: the earlier value, for kinds that have one. */
export type Difference = { kind: Kind; what: string; was?: string };

/** As a condition names it: `route 10.9.0.0/16 via 192.0.2.1 dev eth0`. */
export function describeDifference({ kind, what, was }: Difference): string {
  return `${kind} ${what}${was === undefined ? '' : ` (was ${was})`}`;
}
