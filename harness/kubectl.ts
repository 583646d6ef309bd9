// kubectl for demo, benches and tests: the same tool, with the same words, that the person who watches would use.
import type { Instance } from '../lab/index.ts';
import { runChecked, runCommand, type CommandResult } from '../lab/spawn.ts';

/** kubectl against one API server. */
export type Kubectl = {
  /** Throws what kubectl said when it fails. */
  run(args: string[], input?: string): Promise<string>;
  /** Any exit code is an answer. */
  try(args: string[], input?: string): Promise<CommandResult>;
  /** `get … -o json`, parsed; an error of kubectl is thrown. */
  get(args: string[]): Promise<unknown>;
};

/** kubectl of the instance with a kubeconfig file: the management plane's by default. */
export function kubectlOf(instance: Instance, kubeconfig = instance.kubeconfig): Kubectl {
  const argv = (args: string[]) => [instance.parts.binary('kubectl'), '--kubeconfig', kubeconfig, ...args];
  return {
    run: (args, input) => runChecked(argv(args), options(input)),
    try: (args, input) => runCommand(argv(args), options(input)),
    get: async (args) => JSON.parse(await runChecked(argv(['get', ...args, '-o', 'json']))) as unknown,
  };
}

const options = (input?: string): { input?: string } => (input === undefined ? {} : { input });
