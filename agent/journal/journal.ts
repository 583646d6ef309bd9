// The memory of the host: claims, operations, steps, units and changes, in one file that survives any crash.
import type { ByoError } from '../../common/errors.ts';
import { createBaselineJournal, type BaselineJournal } from './baselines.ts';
import { createChangeJournal, type ChangeJournal } from './changes.ts';
import { createClaimJournal, type ClaimJournal } from './claims.ts';
import { createHostNoteJournal, type HostNoteJournal } from './host-notes.ts';
import { createNoteJournal, type NoteJournal } from './notes.ts';
import { createOperationJournal, type OperationJournal } from './operations.ts';
import { createStepJournal, type StepJournal } from './steps.ts';
import { createUnitJournal, type UnitJournal } from './units.ts';
import { openStore, type OnPoint } from './store.ts';

/** Every write is durable when its method returns. Nothing secret is ever handed to it. */
export type Journal = ClaimJournal &
  OperationJournal &
  StepJournal &
  UnitJournal &
  ChangeJournal &
  BaselineJournal &
  NoteJournal &
  HostNoteJournal & {
    /** Folder of the file: what belongs to the journal lies beside it. */
    readonly folder: string;
    /** Why it cannot be written at present: `DiskFull`, `DiskReadOnly` or `DiskFailed`. */
    trouble(): ByoError | undefined;
    close(): void;
  };

/**
 * Opens the journal, making it when there is none. One process at a time.
 * @throws ByoError `JournalDamaged` (corrupt, gone or rolled back beside its witness); `AgentTooOld`; `HostBusy`;
 *   `DiskFull`, `DiskReadOnly`, `DiskFailed`
 */
export function openJournal(path: string, options: { onPoint?: OnPoint } = {}): Journal {
  const store = openStore(path, options.onPoint ?? (() => undefined));
  return {
    folder: store.folder,
    trouble: () => store.trouble(),
    close: () => store.close(),
    ...createClaimJournal(store),
    ...createOperationJournal(store),
    ...createStepJournal(store),
    ...createUnitJournal(store),
    ...createChangeJournal(store),
    ...createBaselineJournal(store),
    ...createNoteJournal(store),
    ...createHostNoteJournal(store),
  };
}
