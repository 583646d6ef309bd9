// How a program of ours reaches an API server: a kubeconfig file, a kubeconfig's text, or the pod it runs in.
import { getCACertificates } from 'node:tls';
import { KubeConfig, type Cluster, type User } from '@kubernetes/client-node';
import { createKube, type Kube } from './client.ts';
import { parseForeignKubeconfig } from './foreign-kubeconfig.ts';
import { createTransport } from './transport.ts';

/**
 * `kubeconfig`: path of a file of our own, or in-cluster when left out. `as` impersonates a user, `timeoutMs` bounds each
 * request (default 30 s).
 */
export type ConnectOptions = { kubeconfig?: string; as?: string; timeoutMs?: number };

/** `text`: a kubeconfig that somebody else wrote, of a workload cluster; it is never on disk. */
export type ForeignOptions = { text: string; timeoutMs?: number };

/** Of a server that somebody else names, no answer is longer than this: a list of all Nodes of the largest clusters fits. */
const LARGEST_FOREIGN_ANSWER = 128 * 1024 * 1024;

/** A client for the current context; throws at once when the configuration cannot be read. Connects lazily. */
export function connect(options: ConnectOptions | ForeignOptions = {}): Kube {
  const { timeoutMs } = options;
  if ('text' in options) {
    const { cluster, user } = parseForeignKubeconfig(options.text);
    const config = configOf(cluster, user);
    return createKube(createTransport(config, { timeoutMs, largestAnswer: LARGEST_FOREIGN_ANSWER }));
  }
  const given = new KubeConfig();
  if (options.kubeconfig !== undefined) given.loadFromFile(options.kubeconfig);
  else given.loadFromCluster();
  const cluster = given.getCurrentCluster();
  if (!cluster) throw new Error('the kubeconfig names no cluster in its current context');
  const user = given.getCurrentUser() ?? { name: 'nobody' };
  const acting = options.as === undefined ? user : { ...user, impersonateUser: options.as };
  return createKube(createTransport(configOf(cluster, acting), { timeoutMs }));
}

/** Trust is always stated: the library gives a request connections of its own only then. */
function configOf(cluster: Cluster, user: User): KubeConfig {
  const config = new KubeConfig();
  const isStated = Boolean(cluster.caData) || Boolean(cluster.caFile);
  config.loadFromClusterAndUser(isStated ? cluster : { ...cluster, caData: systemTrust() }, user);
  return config;
}

/** What this process trusts where nothing else is said: Node's own list, and NODE_EXTRA_CA_CERTS. */
function systemTrust(): string {
  return Buffer.from(getCACertificates().join('\n')).toString('base64');
}
