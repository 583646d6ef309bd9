// What a person at the command line is told: cause and remedy, no stack.
import { KubeError } from '../common/kube/errors.ts';

export class UsageError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = 'UsageError';
    this.remedy = remedy;
  }
}

/** Two lines: what is wrong, and what to do about it. */
export function explain(error: unknown): string {
  if (error instanceof UsageError) return `error: ${error.message}\n${error.remedy}`;
  if (error instanceof KubeError) return `error: ${error.message}\n${remedyOf(error)}`;
  return `error: ${error instanceof Error ? error.message : String(error)}`;
}

function remedyOf({ status, reason }: KubeError): string {
  if (status === 0) return 'Check that the API server of the kubeconfig’s current context can be reached';
  if (status === 401) return 'Log in anew: the API server does not know your credentials';
  if (status === 403) return 'Ask for the right, or use a kubeconfig that has it';
  if (reason === 'AlreadyExists') return 'Take another name, or remove the old one: `byo enroll revoke NAME`';
  if (status === 404) return 'Check name and namespace (-n); `byo enroll list` and `byo host list` show what there is';
  return 'Correct what is named above and try again';
}
