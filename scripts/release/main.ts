// `npm run release -- --version v0.1.0 --output out`: what is needed to install the product, from this checkout.
import { dirname, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Architecture } from '../../common/platform.ts';
import { makeRelease } from './release.ts';

const root = dirname(dirname(import.meta.dirname));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const ARCHITECTURES: readonly Architecture[] = ['amd64', 'arm64'];

type Given = { version: string; output: string; registry: string; architecture?: Architecture };

await new Command('release')
  .description('Makes images, manifests, the package of the agent, lists of contents and checksums.')
  .requiredOption('--version <tag>', 'the version as a tag: v0.1.0', toVersion)
  .requiredOption('--output <folder>', 'where to put it all; must be empty or not there')
  .option(
    '--registry <name>',
    'where your cluster pulls the images from: registry.example.com/byo',
    toRegistry,
    'localhost',
  )
  .addOption(new Option('--architecture <name>', 'for one processor only').choices(ARCHITECTURES))
  .addHelpText(
    'after',
    '\nWithout --registry the images are called localhost/byo-…, for nodes that they are loaded into by hand.\n' +
      'docs/install.md has the way from here to a running product.',
  )
  .action(({ version, output, registry, architecture }: Given) => {
    const architectures = architecture ? [architecture] : ARCHITECTURES;
    return makeRelease({ root, version, output: resolve(output), registry, architectures, say });
  })
  .parseAsync();

function toVersion(text: string): string {
  if (/^v\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/i.test(text)) return text;
  throw new InvalidArgumentError('a version is a tag such as v0.1.0 or v0.2.0-rc.1');
}

function toRegistry(text: string): string {
  if (/^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9._-]+)*$/.test(text)) return text;
  throw new InvalidArgumentError('a registry is a host with an optional port and path: registry.example.com/byo');
}
