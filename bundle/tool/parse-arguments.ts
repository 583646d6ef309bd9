// Reads the tool's own argument forms, `--layer NAME@VERSION=PATH` and `--image REFERENCE=ARCHIVE` (pure).
import { BundleError } from '../errors.ts';
import { isLayerTitle, layerTitles, type LayerTitle } from '../layers.ts';
import { Platform } from '../oci.ts';
import type { ImageInput } from './add-image.ts';
import type { LayerInput } from './pack-layer.ts';

/** The four layers of a bundle; a layer given twice is the sum of its paths. @throws BundleError `InvalidInput` */
export function parseLayers(texts: readonly string[], kubernetesVersion: string): Record<LayerTitle, LayerInput> {
  const given = new Map<LayerTitle, LayerInput>();
  for (const text of texts) {
    const { title, version, paths } = parseLayer(text, kubernetesVersion);
    const earlier = given.get(title);
    if (earlier && earlier.version !== version) throw invalid(`--layer ${text}`, `one version of ${title}`);
    given.set(title, { version, paths: [...(earlier?.paths ?? []), ...paths] });
  }
  const [kubernetes, containerd, runc, cni] = layerTitles.map((title) => given.get(title));
  if (kubernetes && containerd && runc && cni) return { kubernetes, containerd, runc, cni };
  const missing = layerTitles.filter((title) => !given.has(title));
  throw new BundleError('InvalidInput', `a bundle needs four layers; missing: ${missing.join(', ')}`);
}

function parseLayer(text: string, kubernetesVersion: string): LayerInput & { title: LayerTitle } {
  const [, title, stated, paths] = /^([a-z]+)(?:@([^=]+))?=(.+)$/.exec(text) ?? [];
  if (!isLayerTitle(title) || paths === undefined) throw invalid(`--layer ${text}`, 'NAME@VERSION=PATH[,PATH…]');
  const version = stated ?? (title === 'kubernetes' ? kubernetesVersion : undefined);
  if (version === undefined) throw invalid(`--layer ${text}`, `${title}@VERSION=PATH, with the version of ${title}`);
  return { title, version, paths: paths.split(',') };
}

/** An image reference may hold `:` and `@` but no `=`; all after the first `=` is the path. @throws BundleError `InvalidInput` */
export function parseImage(text: string): ImageInput {
  const [, reference, archive] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (reference === undefined || archive === undefined) throw invalid(`--image ${text}`, 'REFERENCE=ARCHIVE');
  return { reference, archive };
}

/** @throws BundleError `InvalidInput` */
export function parsePlatform(text: string): Platform {
  const parsed = Platform.safeParse(text);
  if (parsed.success) return parsed.data;
  throw invalid(`--platform ${text}`, Platform.options.join(' or '));
}

/** `oci://registry/repository` or `oci+http://registry/repository`. @throws BundleError `InvalidInput` */
export function parseRepositoryAddress(text: string): URL {
  if (/^oci(\+http)?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw invalid(text, 'oci://registry/repository or oci+http://registry/repository');
}

function invalid(given: string, wanted: string): BundleError {
  return new BundleError('InvalidInput', `${given}: expected ${wanted}`);
}
