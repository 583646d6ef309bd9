// The namespace in Temporal: made when it is not there and we may make it; else whoever may is told how.
import { isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { NativeConnection } from '@temporalio/worker';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';

/** How long the history of a run that has ended can be read: longer than most machines are away. */
const RETENTION_DAYS = 30;

/** Codes of gRPC. */
const [NOT_FOUND, ALREADY_EXISTS] = [5, 6];

type Service = Pick<NativeConnection['workflowService'], 'describeNamespace' | 'registerNamespace'>;

/** `made`: it was not there before, and with it no workflow. */
export type Namespace = { id: string; made: boolean };

/**
 * The namespace as Temporal has it now. Safe to call from several processes at once.
 * @throws Error while Temporal does not answer, and for a namespace that is missing and that we may not make: with the remedy
 */
export async function ensureNamespace(service: Service, namespace: string, log: Logger): Promise<Namespace> {
  try {
    return { id: await readId(service, namespace), made: false };
  } catch (error) {
    if (codeOf(error) !== NOT_FOUND) throw error;
    const made = await register(service, namespace);
    if (made) log.info({ namespace, retentionDays: RETENTION_DAYS }, 'the namespace was not in Temporal and is made');
    return { id: await readId(service, namespace), made };
  }
}

async function readId(service: Service, namespace: string): Promise<string> {
  const { namespaceInfo } = await service.describeNamespace({ namespace });
  return namespaceInfo?.id ?? '';
}

/** False when somebody else was faster. */
async function register(service: Service, namespace: string): Promise<boolean> {
  const workflowExecutionRetentionPeriod = msToTs(`${RETENTION_DAYS} days`);
  try {
    await service.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    return true;
  } catch (cause) {
    if (codeOf(cause) === ALREADY_EXISTS) return false;
    const remedy = `temporal operator namespace create --namespace ${namespace} --retention ${RETENTION_DAYS}d`;
    throw new Error(
      `namespace ${namespace} is not found, and making it is refused (${describeError(cause)}). Make it: ${remedy}`,
      { cause },
    );
  }
}

function codeOf(error: unknown): number {
  return isGrpcServiceError(error) ? error.code : -1;
}
