// The suites of `npm test`, what each shows and how long it may take on 2 cores with the real parts built.

/** `name` is the vitest project of the same name. */
export type Suite = { name: string; what: string; budgetMinutes: number };

export const SUITES: Suite[] = [
  { name: 'unit', what: 'decisions, formats and steps, no machine needed', budgetMinutes: 2 },
  { name: 'workflow', what: 'the workflow on a real Temporal server', budgetMinutes: 3 },
  { name: 'controller', what: 'controller and kinds on a real API server', budgetMinutes: 2 },
  { name: 'host', what: 'the lab and the agent on a real systemd host', budgetMinutes: 3 },
  {
    name: 'e2e',
    what: 'from kubectl apply to Ready nodes: real Cluster API, kubeadm, systemd hosts',
    budgetMinutes: 5,
  },
];
