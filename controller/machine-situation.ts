// Everything that decides about a ByoMachine is decided on, read at one moment.
import type { ByoHost } from '../api/byo-host.ts';
import type { ByoMachine } from '../api/byo-machine.ts';
import type { Cluster, Machine } from '../api/cluster-api.ts';

/** What the reconciler sees of one ByoMachine. */
export type MachineSituation = {
  machine: ByoMachine;
  owner?: Machine | undefined;
  cluster?: Cluster | undefined;
  /** The host whose claim names this incarnation. */
  host?: ByoHost | undefined;
  /** All hosts of the namespace. */
  hosts: ByoHost[];
};
