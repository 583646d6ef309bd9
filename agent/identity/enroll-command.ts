// The command line of `byo-agent enroll`.
import { InvalidArgumentError, type Command } from 'commander';
import { describeError } from '../../common/errors.ts';
import { GatewayAddress } from '../config.ts';
import { enrollHost } from './enroll-host.ts';
import { PIN_PATTERN } from './find-authority.ts';
import { openToken } from './read-token.ts';

type Flags = { gateway: string; caPin: string; tokenFile: string; proxy?: string; force: boolean; config: string };

const say = (line: string): void => void process.stderr.write(`byo-agent: ${line}\n`);

export function addEnrollCommand(program: Command): void {
  program
    .command('enroll')
    .description('make this machine a host of a management cluster; may be run again after any interruption')
    .requiredOption('--gateway <host:port>', 'the gateway, as `byo enroll create` printed it', checkGateway)
    .requiredOption('--ca-pin <pin>', 'the pin of its CA, sha256:…', checkPin)
    .requiredOption('--token-file <file>', 'file that holds the token, or - for standard input; deleted after success')
    .option('--proxy <url>', 'HTTP proxy on the way, http://host:port', checkProxy)
    .option('--force', 'give the present identity up and get a new one, with new keys', false)
    .option('--config <file>', 'configuration of this host, written here', '/etc/byo-agent/config.yaml')
    .action(enroll);
}

async function enroll({ caPin, tokenFile, ...flags }: Flags): Promise<void> {
  const token = openToken(tokenFile);
  const onRetry = (error: unknown, wait: number) =>
    say(`${describeError(error)} (in ${Math.ceil(wait / 1000)} s; Ctrl-C ends it)`);
  const { identity, isNew } = await enrollHost({
    ...flags,
    pin: caPin,
    readToken: token.read,
    onRetry,
    signal: untilInterrupted(),
  });
  const who = `${identity.namespace}/${identity.name} (host id ${identity.hostID})`;
  if (!isNew)
    return say(`this host is enrolled already, as ${who}; nothing was changed (--force makes a new identity)`);
  await token.discard();
  say(`this host is enrolled as ${who}`);
}

function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  const end = () => controller.abort(new Error('enrollment was interrupted; run the same command again to go on'));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  return controller.signal;
}

function checkGateway(value: string): string {
  if (GatewayAddress.safeParse(value).success) return value;
  throw new InvalidArgumentError('It must be host:port.');
}

function checkPin(value: string): string {
  if (PIN_PATTERN.test(value)) return value;
  throw new InvalidArgumentError('It must be sha256: and 43 characters, as `byo enroll create` prints it.');
}

/** A password has no place in a command line, where every user of the machine can read it. */
function checkProxy(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'http:') throw new InvalidArgumentError('It must be http://host:port.');
  if (url.username === '' && url.password === '') return value;
  throw new InvalidArgumentError('Write a proxy with user and password into the configuration file, as `proxy:`.');
}
