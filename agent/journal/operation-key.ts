// The name under which an operation is known to journal, runner and units.

/** What identifies an operation in the journal, for ever. */
export type OperationKey = { incarnation: string; generation: number; operation: string };
