// `lab link HOST`: a bad link below TCP between a host and the gateway, by hand.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { openInstance } from '../index.ts';
import { ensureLink, removeLink, type HostLink } from '../link/ensure-link.ts';
import type { CutWay, LinkState } from '../link/link-state.ts';
import { findHosts } from './host-commands.ts';
import { instanceOption } from './instance-option.ts';
import { print, renderTable } from './output.ts';

type LinkOptions = {
  instance: string;
  delay?: number;
  jitter?: number;
  loss?: number;
  rate?: number;
  queue?: number;
  duplicate?: number;
  seed?: number;
  good?: boolean;
  cut?: CutWay | true;
  heal?: boolean;
  stats?: boolean;
  remove?: boolean;
};

/** Add it to the program. */
export function addLinkCommand(program: Command): void {
  program
    .command('link')
    .description('a bad link below TCP between a host and the gateway: delay, loss, bandwidth, cuts; put up when asked')
    .argument('<host>')
    .addOption(instanceOption())
    .option('--delay <ms>', 'each way, half the round trip', parseAmount)
    .option('--jitter <ms>', 'a random part on top of the delay', parseAmount)
    .option('--loss <percent>', 'packets lost each way', parseAmount)
    .option('--rate <kbit/s>', 'bandwidth each way', parseAmount)
    .option('--queue <bytes>', 'what may wait for the line (default: 32768)', parseAmount)
    .option('--duplicate <percent>', 'packets that come twice', parseAmount)
    .option('--seed <n>', 'of the chances', parseAmount)
    .option('--good', 'no delay, no loss, no bound; also without any other option')
    .addOption(new Option('--cut [way]', 'cut without a word: both, up (from the host) or down').choices(WAYS))
    .option('--heal', 'end the cut; delay, loss and rate stay')
    .option('--stats', 'what came through and what did not, as JSON')
    .option('--remove', 'take the link away; a restarted host has none either, until `link` is asked again')
    .addHelpText('after', '\nWhat is given as delay, loss, rate … is the whole shape: what is left out is good.')
    .action(runLink);
}

const WAYS = ['both', 'up', 'down'];

async function runLink(name: string, options: LinkOptions): Promise<void> {
  const instance = await openInstance(options.instance);
  const [host] = await findHosts(options.instance, [name]);
  if (!host) return;
  if (options.remove === true) return removeLink({ instance, host });
  const link = await ensureLink({ instance, host });
  const state = await steer(link, options);
  print(options.stats === true ? JSON.stringify(state, null, 2) : renderState(state));
}

async function steer(link: HostLink, options: LinkOptions): Promise<LinkState> {
  const shape = shapeOf(options);
  if (options.good === true || Object.keys(shape).length > 0) await link.shape(shape, options.seed);
  if (options.heal === true) await link.heal();
  if (options.cut !== undefined) await link.cut(options.cut === true ? 'both' : options.cut);
  return link.stats();
}

function shapeOf({ delay, jitter, loss, rate, queue, duplicate }: LinkOptions): Record<string, number> {
  const given = Object.entries({
    delayMs: delay,
    jitterMs: jitter,
    lossPercent: loss,
    kbitPerSecond: rate,
    queueBytes: queue,
    duplicatePercent: duplicate,
  });
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function renderState({ up, down }: LinkState): string {
  const head = ['WAY', 'STATE', 'DELAY', 'LOSS', 'RATE', 'PASSED', 'BYTES', 'DROPPED'];
  return renderTable([head, rowOf('from the host', up), rowOf('to the host', down)]);
}

function rowOf(way: string, { shape, cut, counts }: LinkState['up']): string[] {
  return [
    way,
    cut ? 'cut' : 'open',
    `${shape.delayMs} ms`,
    `${shape.lossPercent} %`,
    shape.kbitPerSecond === 0 ? 'unbounded' : `${shape.kbitPerSecond} kbit/s`,
    String(counts.passed),
    String(counts.bytes),
    String(counts.lost + counts.overflowed + counts.cut),
  ];
}

function parseAmount(text: string): number {
  if (!/^\d{1,9}(\.\d+)?$/.test(text)) throw new InvalidArgumentError('a number, not negative');
  return Number(text);
}
