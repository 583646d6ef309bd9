// What an agent of the lab said last, beside the error of a wait for it: the next failure explains itself.
import type { HostHandle } from '../../../lab/index.ts';
import { runArgv } from './run-on.ts';

const LINES = '30';

/** Runs `wait`; its error bears the last lines of the agent's log as well. */
export async function withAgentLog<Value>(host: HostHandle, wait: () => Promise<Value>): Promise<Value> {
  try {
    return await wait();
  } catch (error) {
    const said = await readAgentLog(host).catch((why: unknown) => `its log cannot be read: ${String(why)}`);
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\nthe agent of ${host.name} said last:\n${said}`, { cause: error });
  }
}

const readAgentLog = (host: HostHandle): Promise<string> =>
  runArgv(host, ['journalctl', '-u', 'byo-agent', '-n', LINES, '-o', 'cat', '--no-pager']);
