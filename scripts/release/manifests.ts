// The manifests of a release, as clusterctl and Cluster API Operator take them: deploy/ and templates/ are their only source.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** Where the images of a release are: `<registry>/byo-controller:<version>`. */
type Release = { version: string; registry: string };

/** In the order in which they can be applied. */
const SOURCES = ['namespace', 'crds', 'rbac.yaml', 'admission.yaml', 'network-policy.yaml', 'programs'];

/** A name of an image alone stands for that of the release. */
const IMAGE = /^(\s+image: )(byo-[a-z]+)$/gm;

const Metadata = z.object({ releaseSeries: z.array(z.object({ major: z.int(), minor: z.int() })) });

/** Path in the release and content of each. @throws Error for a version of whose series metadata.yaml does not know */
export async function renderManifests(root: string, release: Release): Promise<Map<string, string>> {
  const metadata = await readFile(join(root, 'deploy/clusterctl/metadata.yaml'), 'utf8');
  assertSeries(metadata, release.version);
  return new Map([
    ['infrastructure-components.yaml', await renderComponents(root, release)],
    ['metadata.yaml', metadata],
    ['cluster-template.yaml', await readFile(join(root, 'templates/base/cluster-template.yaml'), 'utf8')],
  ]);
}

async function renderComponents(root: string, { version, registry }: Release): Promise<string> {
  const texts: string[] = [];
  for (const file of await listSources(join(root, 'deploy'))) texts.push((await readFile(file, 'utf8')).trimEnd());
  const whole = `${texts.join('\n---\n')}\n`;
  return whole.replace(IMAGE, (_, before: string, name: string) => `${before}${registry}/${name}:${version}`);
}

async function listSources(deploy: string): Promise<string[]> {
  const files: string[] = [];
  for (const source of SOURCES) {
    const path = join(deploy, source);
    const names = source.endsWith('.yaml') ? undefined : (await readdir(path)).toSorted();
    files.push(...(names?.map((name) => join(path, name)) ?? [path]));
  }
  return files;
}

/** clusterctl decides by the series which contract of Cluster API a version keeps. */
function assertSeries(metadata: string, version: string): void {
  const [major, minor] = version.slice(1).split('.').map(Number);
  const { releaseSeries } = Metadata.parse(parse(metadata));
  if (releaseSeries.some((one) => one.major === major && one.minor === minor)) return;
  throw new Error(`deploy/clusterctl/metadata.yaml has no series ${major}.${minor}: add it, with its contract`);
}
