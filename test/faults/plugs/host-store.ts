// The store of blobs that a host keeps from one claim to the next.
import type { HostHandle } from '../../../lab/index.ts';
import { runOn } from '../../integration/host/run-on.ts';

const STORE = '/var/lib/byo-agent/store';

/** What earlier claims have left there is gone with this, so that an install has something to fetch. */
export async function emptyStore(host: HostHandle): Promise<void> {
  await runOn(host, `rm -rf ${STORE}/*`);
}

/** Bytes of all that is there. */
export async function sizeOfStore(host: HostHandle): Promise<number> {
  return Number(await runOn(host, `du -sb ${STORE} | cut -f 1`));
}
