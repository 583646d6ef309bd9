// Commands for hosts that are machines: their clock, their disk, and the operating system that they boot.
import { Argument, InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { DISK_STATES, type DiskState } from '../machine-hosts/disk-faults.ts';
import { parseOffset } from '../machine-hosts/offset.ts';
import { machineSystems, type MachineSystem } from '../parts/index.ts';
import { findHosts } from './host-commands.ts';
import { instanceOption } from './instance-option.ts';
import { say } from './output.ts';

type OnInstance = { instance: string };

/** Add them to the program. */
export function addMachineCommands(program: Command): void {
  addClock(program);
  addDisk(program);
  addBoot(program);
}

function addClock(program: Command): void {
  program
    .command('clock')
    .description('a machine’s clock is so far off, now and at each start; 0s ends it')
    .argument('<host>')
    .requiredOption('--offset <time>', 'as --offset=-400d, --offset=90s, --offset=3h', offset)
    .addOption(instanceOption())
    .action(async (name: string, options: OnInstance & { offset: number }) => {
      const [host] = await findHosts(options.instance, [name]);
      await host?.clock(options.offset);
      say(`${name}: ${options.offset} s off`);
    });
}

function addDisk(program: Command): void {
  program
    .command('disk')
    .description('a machine’s disk is full, read-only, slow, or well again')
    .argument('<host>')
    .addArgument(new Argument('<state>').choices(DISK_STATES))
    .option('--delay <ms>', 'of a slow disk: what each request takes longer', Number, 50)
    .addOption(instanceOption())
    .action(async (name: string, state: DiskState, options: OnInstance & { delay: number }) => {
      const [host] = await findHosts(options.instance, [name]);
      await host?.disk(state, options.delay);
      say(`${name}: disk ${state}`);
    });
}

function addBoot(program: Command): void {
  program
    .command('boot')
    .description('start a machine with another operating system, on an empty disk')
    .argument('<host>')
    .addOption(new Option('--os <system>', 'which').choices(Object.keys(machineSystems)).makeOptionMandatory())
    .addOption(instanceOption())
    .action(async (name: string, options: OnInstance & { os: MachineSystem }) => {
      const [host] = await findHosts(options.instance, [name]);
      await host?.boot(options.os);
      say(`${name}: runs ${options.os}`);
    });
}

function offset(text: string): number {
  const seconds = parseOffset(text);
  if (seconds === undefined) throw new InvalidArgumentError('a number and s, m, h or d, as -400d');
  return seconds;
}
