// Units that the commands of a bootstrap document have enabled, as our own remedies tell people to (storage clients, time,
// keepalived): seen by what is enabled before them and after them, and disabled again by the reset.
import { z } from 'zod';
import type { Host } from '../../host/host.ts';
import type { Claim } from '../../journal/claims.ts';
import type { ClusterNotes } from '../../cluster-folders/folder-notes.ts';
import { listEnabledUnits, templateOf } from '../../linux/enabled-units.ts';
import type { StepContext } from '../../runner/step.ts';

type Noting = { host: Host; key: Claim; notes: ClusterNotes };

/** Of another kind than what older agents noted, who knew no instances: compared with that, each would be the document's. */
const BEFORE = 'links before the document';
const AFTER = 'looked at after the document';
const ENABLED = 'enabled by the document';
const STARTED_BEFORE = 'services before the document';
const STARTED = 'started by the document';
const STOP_SECONDS = 180;

/** Units that exist while they run alone (systemd-run), but our own, those of sessions and of snaps. */
const TRANSIENT = '/run/systemd/transient';
const OF_DOCUMENTS = /^(?!byo-|session-|user|snap\.).*\.(service|timer)$/;

/** The first list stands: in a second try of the same claim, the units of the first would pass for the owner's. */
export async function noteUnitsBefore({ host, key, notes }: Noting): Promise<void> {
  if (notes.listNotes(key, BEFORE).length > 0) return;
  notes.recordNote(key, STARTED_BEFORE, { subject: '', note: JSON.stringify(await listTransient(host)) });
  notes.recordNote(key, BEFORE, { subject: '', note: JSON.stringify(await listEnabledUnits(host)) });
}

export async function noteUnitsAfter({ host, key, notes }: Noting): Promise<void> {
  if (notes.listNotes(key, BEFORE).length === 0) return;
  for (const subject of newSince(notes, key, BEFORE, await listEnabledUnits(host)))
    notes.recordNote(key, ENABLED, { subject, note: '' });
  for (const subject of newSince(notes, key, STARTED_BEFORE, await listTransient(host)))
    notes.recordNote(key, STARTED, { subject, note: '' });
  notes.recordNote(key, AFTER, { subject: '', note: '' });
}

/** Nothing where an older agent has not looked before. */
function newSince(notes: ClusterNotes, key: Claim, kind: string, now: readonly string[]): string[] {
  const [before] = notes.listNotes(key, kind);
  if (!before) return [];
  const known = new Set(z.array(z.string()).parse(JSON.parse(before.note)));
  return now.filter((unit) => !known.has(unit));
}

async function listTransient(host: Pick<Host, 'list'>): Promise<string[]> {
  return (await host.list(TRANSIENT)).filter((name) => OF_DOCUMENTS.test(name));
}

/** Also where nothing was looked at before, by an older agent: then there is nothing to compare with. */
export function areUnitsNoted(notes: ClusterNotes, key: Claim): boolean {
  return notes.listNotes(key, BEFORE).length === 0 || notes.listNotes(key, AFTER).length > 0;
}

/** What the document has enabled, and what it has started that needs no file. */
export function listDocumentUnits(notes: ClusterNotes, key: Claim): string[] {
  return [ENABLED, STARTED].flatMap((kind) => notes.listNotes(key, kind).map(({ subject }) => subject));
}

/** Stopped and disabled, each by itself: what does not obey stands in the comparison with the baseline. */
export async function disableDocumentUnits(
  { host, key, report }: Pick<StepContext, 'host' | 'key' | 'report'>,
  notes: ClusterNotes,
): Promise<void> {
  const running = new Set(await listTransient(host));
  for (const { subject: unit } of notes.listNotes(key, STARTED).filter(({ subject }) => running.has(subject))) {
    report({ message: `${unit} is stopped: the bootstrap document had started it` });
    await host.run(['systemctl', 'stop', '--', unit], { timeoutSeconds: STOP_SECONDS });
  }
  const noted = notes.listNotes(key, ENABLED).map(({ subject }) => subject);
  if (noted.length === 0) return;
  const links = await listEnabledUnits(host);
  // An older agent has noted the template of an instance.
  const enabled = new Set([...links, ...links.map(templateOf)]);
  for (const unit of noted.filter((name) => enabled.has(name))) {
    report({ message: `${unit} is stopped and disabled: the bootstrap document had enabled it` });
    await host.run(['systemctl', 'disable', '--now', '--', unit], { timeoutSeconds: STOP_SECONDS });
  }
}
