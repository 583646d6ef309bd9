// What may be shown of a bootstrap's output: its end, without any line that could carry a secret.
import { printable } from '../../../common/errors.ts';

const SECRET_WORDS =
  /token|certificate-key|discovery|password|passwd|secret|credential|authorization|bearer|-----(BEGIN|END)|private key/i;
/** kubeadm's token format, and runs of hex or base64 too long to be a word or a name. */
const SECRET_SHAPES = /\b[a-z0-9]{6}\.[a-z0-9]{16}\b|\b[0-9a-f]{32,}\b|[A-Za-z0-9+/=_-]{40,}/;
/** Shorter texts occur everywhere; a secret of fewer characters is none. */
const SHORTEST_SECRET = 8;

/**
 * The end of `output`, at most `max` characters, line by line without those that look like a secret or quote one of
 * `secrets` (texts of files that only root may read). What was left out is said, so that nobody takes it for all.
 */
export function redactOutput(output: string, secrets: readonly string[], max = 700): string {
  const quotes = secrets.flatMap((text) => text.split(/\s+/)).filter((word) => word.length >= SHORTEST_SECRET);
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const shown = lines.filter((line) => !isSecretLine(line, quotes));
  const left = lines.length - shown.length;
  const note = left > 0 ? `[${left} lines withheld] ` : '';
  return note + lastOf(shown, max - note.length);
}

function isSecretLine(line: string, quotes: readonly string[]): boolean {
  return SECRET_WORDS.test(line) || SECRET_SHAPES.test(line) || quotes.some((quote) => line.includes(quote));
}

/** Whole lines from the end, as many as fit; a first line that is too long is cut. */
function lastOf(lines: readonly string[], max: number): string {
  const kept: string[] = [];
  let room = max;
  for (const line of lines.toReversed()) {
    const clean = printable(line, max);
    if (clean.length + 3 > room && kept.length > 0) break;
    kept.unshift(clean);
    room -= clean.length + 3;
  }
  return kept.join(' | ').slice(-max);
}
