// Notes of a claim's folders in the journal: written before anything is done to them, read by the reset.
import type { Claim } from '../journal/claims.ts';
import type { NoteJournal } from '../journal/notes.ts';
import { FolderNote, type NamedFolder } from './cluster-folder.ts';

/** The journal, as far as these notes go. */
export type ClusterNotes = Pick<NoteJournal, 'recordNote' | 'listNotes'>;

const FOLDER = 'folder';
const ENDPOINT = 'endpoint';
const CHECK = 'check';
const ETCD_CHECKED = 'kubeadm refuses a folder of etcd that is not empty';

export function recordFolder(notes: ClusterNotes, claim: Claim, folder: FolderNote): void {
  notes.recordNote(claim, FOLDER, { subject: subjectOf(folder), note: JSON.stringify(folder) });
}

export function listFolders(notes: ClusterNotes, claim: Claim): FolderNote[] {
  return notes.listNotes(claim, FOLDER).map(({ note }) => FolderNote.parse(JSON.parse(note)));
}

/** One folder may be of two kinds: a log of etcd within its data. */
export function subjectOf({ path, kind }: NamedFolder): string {
  return `${kind} ${path}`;
}

/** kubeadm has been told nothing that would let it begin with somebody's data. */
export function recordCheck(notes: ClusterNotes, claim: Claim): void {
  notes.recordNote(claim, CHECK, { subject: ETCD_CHECKED, note: '' });
}

export function isEtcdChecked(notes: ClusterNotes, claim: Claim): boolean {
  return notes.listNotes(claim, CHECK).some(({ subject }) => subject === ETCD_CHECKED);
}

/** A name or an address by which the cluster is dialled. */
export function recordEndpoint(notes: ClusterNotes, claim: Claim, host: string): void {
  notes.recordNote(claim, ENDPOINT, { subject: host, note: '' });
}

export function listEndpoints(notes: ClusterNotes, claim: Claim): string[] {
  return notes.listNotes(claim, ENDPOINT).map(({ subject }) => subject);
}
