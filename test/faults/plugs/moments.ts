// The moments at which a plug is pulled, recognised by what the host reports or by what stands on it.
import type { OperationProgress } from '../../../api/report/reported-host.ts';
import { readHost } from '../../../harness/machines.ts';
import { restartProcess, killProcess } from '../../../lab/processes.ts';
import { waitFor } from '../../../lab/wait.ts';
import type { Bench } from './bench.ts';

/** On a machine that is busy otherwise an install takes minutes. */
const LONGEST_MS = 600_000;

/** Waits until the host reports that an operation of this verb runs, and has come to the step where one is named. */
export async function waitForStep({ instance, host }: Bench, verb: string, step?: string): Promise<void> {
  const probe = async (): Promise<string | undefined> => {
    const operation = (await readHost(instance, host.name)).status?.reported?.operation;
    return operation && isAt(operation, verb, step) ? undefined : JSON.stringify(operation ?? 'no operation');
  };
  await waitFor(`${host.name} in ${verb} ${step ?? ''}`, probe, { timeoutMs: LONGEST_MS, everyMs: 50 });
}

function isAt({ operation, state, step }: OperationProgress, verb: string, wanted: string | undefined): boolean {
  return state === 'Running' && operation.split(/[/#]/)[0] === verb && (wanted === undefined || wanted === step);
}

/** Waits until a file exists on the host. */
export async function waitForFile({ host }: Bench, path: string): Promise<void> {
  const probe = async () => ((await host.exec(['test', '-e', path])).exitCode === 0 ? undefined : 'it is not there');
  await waitFor(`${path} on ${host.name}`, probe, { timeoutMs: LONGEST_MS, everyMs: 50 });
}

/** Power loss in mid-sentence, and power again. */
export async function pullPlug({ host }: Bench): Promise<void> {
  await host.kill();
  await host.start();
}

/** Kills the agent without a word to it. Throws when it did not run. */
export async function killAgent({ host }: Bench): Promise<void> {
  const { exitCode, stderr } = await host.exec(['systemctl', 'kill', '--signal=KILL', 'byo-agent']);
  if (exitCode !== 0) throw new Error(`the agent on ${host.name} cannot be killed: ${stderr}`);
}

/** Kills a process of the management side and starts it again as it was. */
export async function killAndRestart({ instance }: Bench, name: 'byo-controller' | 'temporal'): Promise<void> {
  await killProcess(instance.dir, name);
  await restartProcess(instance.dir, name);
}
