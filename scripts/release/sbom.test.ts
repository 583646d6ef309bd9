import { afterEach, expect, test, vi } from 'vitest';
import { sbomOf } from './sbom.ts';

afterEach(() => vi.unstubAllEnvs());

const components = [{ name: 'zod', version: '4.6.7', license: 'MIT', purl: 'pkg:npm/zod@4.6.7' }];
const made = () => sbomOf({ name: 'byo-gateway', version: 'v0.1.0', components });

test('what is in an image is told in SPDX, by package URL, the same for the same content', () => {
  expect(made()).toBe(made());
  expect(JSON.parse(made())).toMatchObject({
    spdxVersion: 'SPDX-2.3',
    creationInfo: { created: '1970-01-01T00:00:00Z' },
    packages: [
      { SPDXID: 'SPDXRef-Package-0', name: 'byo-gateway' },
      { name: 'zod', versionInfo: '4.6.7', externalRefs: [{ referenceLocator: 'pkg:npm/zod@4.6.7' }] },
    ],
    relationships: [
      { relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-Package-0' },
      { relationshipType: 'CONTAINS', relatedSpdxElement: 'SPDXRef-Package-1' },
    ],
  });
});

test('a time is told by SOURCE_DATE_EPOCH', () => {
  vi.stubEnv('SOURCE_DATE_EPOCH', '1764388800');
  expect(JSON.parse(made())).toMatchObject({ creationInfo: { created: '2025-11-29T04:00:00Z' } });
});
