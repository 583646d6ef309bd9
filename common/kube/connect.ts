// How a program of ours reaches an API server: a kubeconfig file, a kubeconfig's text, or the pod it runs in.
import { KubeConfig } from '@kubernetes/client-node';
import { createKube, type Kube } from './client.ts';
import { createTransport } from './transport.ts';

/**
 * `kubeconfig`: path of a file, or in-cluster when left out; `text`: a kubeconfig itself, of a workload cluster, read
 * without ever being on disk. `as` impersonates a user, `timeoutMs` bounds each request (default 30 s).
 */
export type ConnectOptions = { kubeconfig?: string; text?: string; as?: string; timeoutMs?: number };

/** A client for the current context; throws at once when the configuration cannot be read. Connects lazily. */
export function connect(options: ConnectOptions = {}): Kube {
  const config = new KubeConfig();
  if (options.text !== undefined) loadForeign(config, options.text);
  else if (options.kubeconfig !== undefined) config.loadFromFile(options.kubeconfig);
  else config.loadFromCluster();
  return createKube(createTransport(options.as ? impersonating(config, options.as) : config, options.timeoutMs));
}

/** A kubeconfig that somebody else wrote: it may carry credentials, but neither run programs nor read our files. */
function loadForeign(config: KubeConfig, text: string): void {
  config.loadFromString(text);
  const user = config.getCurrentUser();
  const cluster = config.getCurrentCluster();
  const paths = [user?.certFile, user?.keyFile, cluster?.caFile].filter(Boolean);
  if (user?.exec || user?.authProvider || paths.length > 0) {
    throw new Error('the kubeconfig names a program or a file; write its certificates and key into it as data');
  }
}

function impersonating(config: KubeConfig, as: string): KubeConfig {
  const user = config.getCurrentUser();
  const cluster = config.getCurrentCluster();
  if (!user || !cluster) throw new Error('the kubeconfig has no current user or cluster');
  const acting = new KubeConfig();
  acting.loadFromClusterAndUser(cluster, { ...user, impersonateUser: as });
  return acting;
}
