// The user's own connection, as kubectl finds it: a flag, KUBECONFIG, or ~/.kube/config.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Kube } from '../common/kube/client.ts';
import { connect } from '../common/kube/connect.ts';
import { UsageError } from './usage-error.ts';

/** A client with the rights of whoever calls. @throws UsageError when there is no kubeconfig */
export function connectAsUser(given: string | undefined): Kube {
  const named = (process.env.KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  const path = given ?? named.find((file) => existsSync(file)) ?? join(homedir(), '.kube', 'config');
  if (existsSync(path)) return connect({ kubeconfig: path });
  throw new UsageError(`there is no kubeconfig at ${path}`, 'Name one: --kubeconfig FILE, or KUBECONFIG=FILE');
}
