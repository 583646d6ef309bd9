// The operations of this host over its journal; with a journal that cannot be trusted or written, none: it says so and waits.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FAILURE_REASONS } from '../api/conditions.ts';
import { ByoError, describeError } from '../common/errors.ts';
import { isDiskError, nameFolderError } from './host/disk-error.ts';
import { RUN_DIRECTORY } from './host/machine-host.ts';
import { openJournal } from './journal/journal.ts';
import { damaged } from './journal/open-database.ts';
import { readCopy, type Remembered } from './journal/read-copy.ts';
import { listTraces } from './journal/traces.ts';
import { witnessPathOf } from './journal/witness.ts';
import { openWhenWritable } from './open-when-writable.ts';
import { createOperations, type AgentOperations, type OperationsOptions } from './operations.ts';
import { refuseOrders } from './refuse-orders.ts';

export type OpenedOperations = { operations: AgentOperations; close: () => void };

/** `memory`: folder on tmpfs; `retryMilliseconds`: how often a disk that takes no writes is tried again. */
export type OpenOptions = Omit<OperationsOptions, 'journal'> & { memory?: string; retryMilliseconds?: number };

/** With these the agent lives on, is heard, and obeys nobody. */
const REFUSING: readonly string[] = [FAILURE_REASONS.journalDamaged, FAILURE_REASONS.agentTooOld];

/** @throws ByoError `HostBusy` while another agent has the journal open */
export async function openOperations(options: OpenOptions): Promise<OpenedOperations> {
  const path = pathOf(options);
  const refuse = (error: ByoError, remembered?: Remembered): AgentOperations => {
    options.log.error({ why: describeError(error) }, 'no order is obeyed');
    return refuseOrders(error, remembered);
  };
  const open = async (): Promise<OpenedOperations> => {
    try {
      return await openNamed(options);
    } catch (error) {
      if (!(error instanceof ByoError && REFUSING.includes(error.reason))) throw error;
      return { operations: refuse(error), close: () => undefined };
    }
  };
  try {
    return await open();
  } catch (error) {
    if (!isDiskError(error)) throw error;
    const remembered = recall(options, path);
    const refusing = (why: ByoError): AgentOperations => refuse(why, remembered);
    const { log, retryMilliseconds = 5000 } = options;
    return openWhenWritable({ open, refusing, first: error, log, retryMilliseconds });
  }
}

async function openNamed(options: OpenOptions): Promise<OpenedOperations> {
  const path = pathOf(options);
  try {
    if (!existsSync(path) && !existsSync(witnessPathOf(path))) await beginAnew(options);
    const journal = openJournal(path);
    return { operations: createOperations({ journal, ...options }), close: () => journal.close() };
  } catch (error) {
    throw nameFolderError(error, options.stateDir);
  }
}

function pathOf({ stateDir }: OpenOptions): string {
  return join(stateDir, 'journal.sqlite');
}

/** Best effort: what cannot be read is not told, and the reason why nothing is done stands anyway. */
function recall({ log, memory = RUN_DIRECTORY }: OpenOptions, path: string): Remembered | undefined {
  try {
    return readCopy(path, memory);
  } catch (error) {
    log.warn({ why: describeError(error) }, 'the journal cannot be read either: the report names no claim');
    return undefined;
  }
}

/** Results of units, marks of bootstraps and old contents: they are a journal's own, and none of a new one's. */
const BESIDE = ['units', 'bootstrap', 'ledger'];

/** A first journal is for a host that nobody has claimed. @throws ByoError `JournalDamaged` for one that bears a claim */
async function beginAnew({ host, stateDir }: OpenOptions): Promise<void> {
  const traces = await listTraces(host);
  if (traces.length > 0) throw damaged(`it is gone, while this host bears traces of a claim: ${traces.join(', ')}`);
  // A claim that comes again under its old name would be answered with what the lost one has done.
  for (const name of BESIDE) await rm(join(stateDir, name), { recursive: true, force: true });
}
