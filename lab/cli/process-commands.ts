// Commands about the processes of an instance: their logs, and killing and restarting them.
import type { Command } from 'commander';
import { killProcess, listProcesses, logFile, restartProcess } from '../processes.ts';
import { runAttached } from '../spawn.ts';
import { instanceDir } from '../state.ts';
import { instanceOption } from './instance-option.ts';
import { print, say } from './output.ts';

type OnInstance = { instance: string };
type Deed = { verb: string; description: string; act: (dir: string, name: string) => Promise<void> };

const DEEDS: Deed[] = [
  {
    verb: 'restart',
    description: 'end a process of the instance and start it again with the same arguments',
    act: restartProcess,
  },
  {
    verb: 'kill-process',
    description: 'kill -9 a process (relay-gateway: cuts the hosts off); `up` or `restart` heals',
    act: killProcess,
  },
];

/** Add them to the program. */
export function addProcessCommands(program: Command): void {
  addLogs(program);
  for (const deed of DEEDS) addDeed(program, deed);
}

function addLogs(program: Command): void {
  program
    .command('logs')
    .description('the log of a process; without a name, the names')
    .argument('[process]')
    .option('-f, --follow', 'go on as it grows')
    .option('-n, --lines <n>', 'how many of the last lines', '100')
    .addOption(instanceOption())
    .action(async (name: string | undefined, o: OnInstance & { follow?: boolean; lines: string }) => {
      const dir = instanceDir(o.instance);
      const names = listProcesses(dir).map((process) => process.name);
      if (name === undefined) return print(names.join('\n'));
      const follow = o.follow === true ? ['-F'] : [];
      process.exitCode = await runAttached(['tail', '-n', o.lines, ...follow, logFile(dir, name)]);
    });
}

function addDeed(program: Command, { verb, description, act }: Deed): void {
  program
    .command(verb)
    .description(description)
    .argument('<process>')
    .addOption(instanceOption())
    .action(async (name: string, { instance }: OnInstance) => {
      await act(instanceDir(instance), name);
      const seen = listProcesses(instanceDir(instance)).find((process) => process.name === name);
      say(`${name}: ${seen?.running === true ? `runs as ${seen.pid}` : 'does not run'}`);
    });
}
