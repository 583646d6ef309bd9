// Search attributes must be known to the namespace before a workflow sets them: an unknown one stops its run. Whoever may
// not register them, or find out, goes without: they are for people who search, and nothing is decided by them.
import { isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../api/names.ts';
import { describeError } from '../common/errors.ts';

const { INDEXED_VALUE_TYPE_KEYWORD } = proto.temporal.api.enums.v1.IndexedValueType;

/** `refusal`: why workflows must not set them, and what a person can do about it. */
export type SearchAttributes = { usable: true } | { usable: false; refusal: string };

const NAMES = Object.values(SEARCH_ATTRIBUTES);

/** Codes of gRPC by which a server says that it will not, now or ever: everything else is waited out. */
const INVALID = 3;
const REFUSALS: ReadonlySet<number> = new Set([7 /* denied */, 12 /* unimplemented */, 16 /* unauthenticated */]);
/** The same when attributes are added: a namespace has room for only so many. */
const ADD_REFUSALS: ReadonlySet<number> = new Set([...REFUSALS, INVALID, 9 /* failed precondition */]);

/**
 * Adds what the namespace lacks; safe to call from several processes at once. Without the right to, looks whether somebody
 * else has added them.
 * @throws Error while Temporal does not answer, or does not show yet what was added: try again
 */
export async function ensureSearchAttributes(
  connection: NativeConnection,
  namespace: string,
): Promise<SearchAttributes> {
  const { operatorService } = connection;
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = NAMES.filter((name) => !(name in (customAttributes ?? {})));
    return missing.length === 0 ? { usable: true } : await add(connection, namespace, missing);
  } catch (error) {
    if (!REFUSALS.has(codeOf(error))) throw error;
    return findOut(connection, namespace, describeError(error));
  }
}

async function add(
  { operatorService }: NativeConnection,
  namespace: string,
  missing: string[],
): Promise<SearchAttributes> {
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]));
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    if (ADD_REFUSALS.has(codeOf(error))) return refused(namespace, describeError(error));
    throw error;
  }
  throw new Error(`search attributes ${missing.join(', ')} were added to ${namespace} and do not show yet`);
}

/** A query by an attribute that is not there is invalid: that much is told to every reader. */
async function findOut(connection: NativeConnection, namespace: string, why: string): Promise<SearchAttributes> {
  const query = NAMES.map((name) => `${name} = 'x'`).join(' AND ');
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return { usable: true };
  } catch (error) {
    const code = codeOf(error);
    if (code === INVALID || REFUSALS.has(code)) return refused(namespace, why);
    throw error;
  }
}

function refused(namespace: string, why: string): SearchAttributes {
  const names = NAMES.map((name) => `--name ${name}`).join(' ');
  const types = NAMES.map(() => '--type Keyword').join(' ');
  const remedy = `temporal operator search-attribute create --namespace ${namespace} ${names} ${types}`;
  return { usable: false, refusal: `${why}. Workflows go on without; to search by them: ${remedy}` };
}

function codeOf(error: unknown): number {
  return isGrpcServiceError(error) ? error.code : -1;
}
