// Every address that a bundle may have.
import { openGateway, type BlobReader } from './gateway-source.ts';
import { openHttp } from './http-source.ts';
import { openRegistry } from './registry-source.ts';
import { openSource, type BundleSource } from './source.ts';

/** Source for a bundle address; `gateway:` only where there is a gateway. @throws BundleError `SourceUnsupported` */
export function openAnySource(address: string, gateway?: BlobReader): BundleSource {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return openHttp(url);
  if (url && /^oci(\+http)?:$/.test(url.protocol)) return openRegistry(url);
  return gateway && url?.protocol === 'gateway:' ? openGateway(url, gateway) : openSource(address);
}
