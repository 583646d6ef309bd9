// Every address that a bundle may have.
import { openGateway, type BlobReader } from './gateway-source.ts';
import { openSource, type BundleSource } from './source.ts';

/** Source for a bundle address: a folder, or `gateway:` where there is a gateway. @throws BundleError `SourceUnsupported` */
export function openAnySource(address: string, gateway?: BlobReader): BundleSource {
  const url = gateway && URL.canParse(address) ? new URL(address) : undefined;
  return gateway && url?.protocol === 'gateway:' ? openGateway(url, gateway) : openSource(address);
}
