// The ledger over the real machine: records first, changes then, and takes back newest first.
import { describeError } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import type { Change } from '../journal/changes.ts';
import type { Claim } from '../journal/claims.ts';
import type { LedgerScope, Problem, Undo, Undone } from './change.ts';
import { appendFile, undoAppend } from './append.ts';
import { ensureDirectory, NOT_EMPTY, removeFile, undoDirectory, writeFile } from './files.ts';
import { disableSwap, loadModule, setSysctl, undoModule, undoSwap, undoSysctl } from './kernel.ts';
import type { Ledger } from './ledger.ts';
import { noteChanged } from './edited.ts';
import { dropKeptContent, undoPath } from './old-path.ts';
import { enableUnit, reloadUnits, undoUnit } from './services.ts';

const UNDO: Record<string, Undo> = {
  path: undoPath,
  append: undoAppend,
  directory: undoDirectory,
  sysctl: undoSysctl,
  module: undoModule,
  swap: undoSwap,
  unit: undoUnit,
};

/** The ledger of one claim; the root of the host prefixes every path. */
export function createLedger(options: { journal: LedgerScope['journal']; host: Host; claim: Claim }): Ledger {
  const scope: LedgerScope = { ...options, root: options.host.root ?? '' };
  return {
    writeFile: (path, content, file) => writeFile(scope, path, content, file),
    appendFile: (path, content, file) => appendFile(scope, path, content, file),
    removeFile: (path) => removeFile(scope, path),
    ensureDirectory: (path, file) => ensureDirectory(scope, path, file),
    setSysctl: (name, value) => setSysctl(scope, name, value),
    loadModule: (name) => loadModule(scope, name),
    disableSwap: () => disableSwap(scope),
    enableUnit: (unit, start) => enableUnit(scope, unit, start),
    noteChanged: () => noteChanged(scope),
    undoAll: (undoing) => undoAll(scope, undoing?.isLast ?? false),
    listNotes: () => scope.journal.listChangeNotes(scope.claim).map(({ target, note }) => ({ path: target, note })),
  };
}

/** What cannot be taken back stays recorded, so that a later call tries it again. */
async function undoAll(scope: LedgerScope, isLast: boolean): Promise<{ path: string; problem: string }[]> {
  const problems: { path: string; problem: string }[] = [];
  for (const change of scope.journal.listChanges(scope.claim)) {
    const problem = await undo(scope, change, isLast);
    if (problem) problems.push({ path: change.target, problem });
  }
  const problem = await reloadUnits(scope);
  if (problem) problems.push({ path: 'systemd', problem });
  return problems;
}

async function undo(scope: LedgerScope, change: Change, isLast: boolean): Promise<Problem> {
  const take = UNDO[change.kind];
  if (!take) return `a change of the unknown kind ${change.kind} was recorded by another version`;
  const undone = await take(scope, change).catch((error: unknown) => describeError(error));
  const { problem, note } = decideEnd(undone, isLast);
  if (problem) return problem;
  scope.journal.markUndone(change.id, note);
  if (change.kind === 'path') await dropKeptContent(scope, change);
  return undefined;
}

/** A folder in which somebody else's files are when all of ours have gone is theirs. */
function decideEnd(undone: Undone, isLast: boolean): { problem?: string; note?: string } {
  if (undone === undefined) return {};
  if (typeof undone !== 'string') return undone;
  return isLast && undone.startsWith(NOT_EMPTY) ? { note: `the folder stays: ${undone}` } : { problem: undone };
}
