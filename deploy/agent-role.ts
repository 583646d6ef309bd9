// What the agent of one host may do in Kubernetes, until the gateway takes the place of its kubeconfig.

/**
 * Role and RoleBinding for the agent of `host`, which authenticates as `user` (the common name of its certificate): it
 * reads its own ByoHost, reports in that one's status, and renews its own Lease. It reads no Secret and no other host, and
 * writes no spec: a claim is never an agent's to change. `create` of Leases cannot be bound to a name by RBAC: an agent
 * could make stray ones, which nobody heeds.
 */
export function agentRole(namespace: string, host: string, user: string): Record<string, unknown>[] {
  const name = `byo-agent-${host}`;
  const metadata = { namespace, name, labels: { 'cluster.x-k8s.io/provider': 'infrastructure-byo' } };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const apiGroup = 'rbac.authorization.k8s.io';
  const kinds = 'infrastructure.cluster.x-k8s.io';
  const leases = 'coordination.k8s.io';
  const rules = [
    { apiGroups: [kinds], resources: ['byohosts'], resourceNames: [host], verbs: ['get'] },
    { apiGroups: [kinds], resources: ['byohosts/status'], resourceNames: [host], verbs: ['get', 'patch'] },
    {
      apiGroups: [leases],
      resources: ['leases'],
      resourceNames: [`byohost-${host}`],
      verbs: ['get', 'update', 'patch'],
    },
    { apiGroups: [leases], resources: ['leases'], verbs: ['create'] },
  ];
  return [
    { apiVersion, kind: 'Role', metadata, rules },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'Role', name },
      subjects: [{ apiGroup, kind: 'User', name: user }],
    },
  ];
}
