// The operations of this host over its journal; with a journal that cannot be trusted, none: the host says so and waits.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FAILURE_REASONS } from '../api/conditions.ts';
import { ByoError, describeError, printable } from '../common/errors.ts';
import { openJournal } from './journal/journal.ts';
import { damaged } from './journal/open-database.ts';
import { listTraces } from './journal/traces.ts';
import { witnessPathOf } from './journal/witness.ts';
import { createOperations, type AgentOperations, type OperationsOptions } from './operations.ts';

export type OpenedOperations = { operations: AgentOperations; close: () => void };

/** With these the agent lives on, is heard, and obeys nobody. */
const REFUSING: readonly string[] = [FAILURE_REASONS.journalDamaged, FAILURE_REASONS.agentTooOld];

/** @throws ByoError `HostBusy` while another agent has the journal open */
export async function openOperations(options: Omit<OperationsOptions, 'journal'>): Promise<OpenedOperations> {
  const path = join(options.stateDir, 'journal.sqlite');
  try {
    if (!existsSync(path) && !existsSync(witnessPathOf(path))) await beginAnew(options);
    const journal = openJournal(path);
    return { operations: createOperations({ journal, ...options }), close: () => journal.close() };
  } catch (error) {
    if (!(error instanceof ByoError && REFUSING.includes(error.reason))) throw error;
    options.log.error({ why: describeError(error) }, 'no order is obeyed');
    return { operations: refuseOrders(error), close: () => undefined };
  }
}

/** Results of units, marks of bootstraps and old contents: they are a journal's own, and none of a new one's. */
const BESIDE = ['units', 'bootstrap', 'ledger'];

/** A first journal is for a host that nobody has claimed. @throws ByoError `JournalDamaged` for one that bears a claim */
async function beginAnew({ host, stateDir }: Omit<OperationsOptions, 'journal'>): Promise<void> {
  const traces = await listTraces(host);
  if (traces.length > 0) throw damaged(`it is gone, while this host bears traces of a claim: ${traces.join(', ')}`);
  // A claim that comes again under its old name would be answered with what the lost one has done.
  for (const name of BESIDE) await rm(join(stateDir, name), { recursive: true, force: true });
}

/**
 * Without memory nobody can say which claim is open or what has been changed: every order is refused with the cause, so
 * that it stands in the machine's conditions as well, until a person has cleared it up and the agent starts anew.
 */
export function refuseOrders(error: ByoError): AgentOperations {
  const refuse = async (): Promise<never> => {
    throw error;
  };
  return {
    perform: refuse,
    // Nothing runs that could be stopped.
    stop: async () => undefined,
    isKnown: () => false,
    progressOf: () => undefined,
    claims: () => ({ resetting: false, highest: 0, closed: [] }),
    latest: () => undefined,
    quarantine: () => ({ reason: error.reason, message: printable(describeError(error)) }),
    resume: async () => undefined,
    onChange: () => undefined,
  };
}
