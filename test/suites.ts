// The suites of `npm test`, what each shows and how long it may take on 2 cores with the real parts built.

/** `name` is the vitest project of the same name; one that is `onDemand` runs only when it is named. */
export type Suite = { name: string; what: string; budgetMinutes: number; onDemand?: boolean };

export const SUITES: Suite[] = [
  { name: 'unit', what: 'decisions, formats and steps, no machine needed', budgetMinutes: 2 },
  { name: 'bundle', what: 'bundles from real web servers and a real registry', budgetMinutes: 2 },
  { name: 'workflow', what: 'the workflow on a real Temporal server', budgetMinutes: 5 },
  { name: 'gateway', what: 'the door to Temporal on a real server, behind TLS', budgetMinutes: 1 },
  { name: 'controller', what: 'controller and kinds on a real API server', budgetMinutes: 4 },
  { name: 'gateway-http', what: 'the gateway as a program on a real API server', budgetMinutes: 2 },
  { name: 'host', what: 'the lab and the agent on a real systemd host', budgetMinutes: 10 },
  { name: 'e2e', what: 'from kubectl apply to Ready nodes: Cluster API, kubeadm, systemd hosts', budgetMinutes: 6 },
  { name: 'security', what: 'one test a threat, on the real gateway, Temporal and API server', budgetMinutes: 15 },
  {
    name: 'machines',
    what: 'hosts with a kernel of their own: power, clock, disk, boots',
    budgetMinutes: 10,
    onDemand: true,
  },
  { name: 'install', what: 'a release from a fresh clone, installed', budgetMinutes: 10, onDemand: true },
  { name: 'steps', what: 'a failure for good at every step on a host', budgetMinutes: 10, onDemand: true },
  { name: 'once', what: 'there and back again: the demo with --once', budgetMinutes: 7, onDemand: true },
  { name: 'plugs', what: 'plugs pulled, machines deleted at any moment', budgetMinutes: 90, onDemand: true },
];
