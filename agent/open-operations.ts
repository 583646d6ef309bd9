// The operations of this host over its journal; with a journal that cannot be trusted, none: the host says so and waits.
import { join } from 'node:path';
import { ByoError, describeError, printable } from '../common/errors.ts';
import { openJournal } from './journal/journal.ts';
import { createOperations, type AgentOperations, type OperationsOptions } from './operations.ts';

export type OpenedOperations = { operations: AgentOperations; close: () => void };

/** @throws ByoError `HostBusy` while another agent has the journal open */
export function openOperations(options: Omit<OperationsOptions, 'journal'>): OpenedOperations {
  try {
    const journal = openJournal(join(options.stateDir, 'journal.sqlite'));
    return { operations: createOperations({ journal, ...options }), close: () => journal.close() };
  } catch (error) {
    if (!(error instanceof ByoError && error.reason === 'JournalDamaged')) throw error;
    options.log.error({ why: describeError(error) }, 'no order is obeyed');
    return { operations: refuseOrders(error), close: () => undefined };
  }
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
