// Search attributes must be known to the namespace before a workflow sets them: an unknown one stops its run.
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import pRetry from 'p-retry';
import { SEARCH_ATTRIBUTES } from '../api/names.ts';

const { INDEXED_VALUE_TYPE_KEYWORD } = proto.temporal.api.enums.v1.IndexedValueType;

/** Adds what the namespace lacks and returns once it shows them all; safe to call from several processes at once. */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  await pRetry(() => addMissing(connection, namespace), { retries: 20, minTimeout: 100, maxTimeout: 5000 });
}

async function addMissing({ operatorService }: NativeConnection, namespace: string): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(SEARCH_ATTRIBUTES).filter((name) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
  throw new Error(`search attributes ${missing.join(', ')} were added to ${namespace} and do not show yet`);
}
