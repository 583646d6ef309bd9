// What is in an image, as SPDX 2.3 in JSON: Debian's packages, Node, and the libraries that are in the program.
import { createHash } from 'node:crypto';

/** `purl`: the package URL by which scanners look for known holes. */
export type Component = { name: string; version: string; license: string; purl: string };

export type Sbom = { name: string; version: string; components: readonly Component[] };

/** No time of its own, so that the same content is the same document; SOURCE_DATE_EPOCH (seconds) gives it one. */
const createdAt = (): string => {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH'] ?? 0);
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
};

export function sbomOf({ name, version, components }: Sbom): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([name, version, components]))
    .digest('hex');
  const own = { name, version, license: 'Apache-2.0', purl: `pkg:oci/${name}@${version}` };
  const packages = [own, ...components].map((component, at) => packageOf(component, `SPDXRef-Package-${at}`));
  const inside = packages.slice(1).map(({ SPDXID }) => relate('SPDXRef-Package-0', 'CONTAINS', SPDXID));
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${name}-${version}`,
    documentNamespace: `urn:byo:sbom:${name}:${version}:${hash}`,
    creationInfo: { created: createdAt(), creators: ['Tool: byo-release'] },
    packages,
    relationships: [relate('SPDXRef-DOCUMENT', 'DESCRIBES', 'SPDXRef-Package-0'), ...inside],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function packageOf({ name, version, license, purl }: Component, SPDXID: string) {
  return {
    SPDXID,
    name,
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: license,
    copyrightText: 'NOASSERTION',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}

function relate(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
