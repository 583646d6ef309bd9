// The words of progress: one line a part, its time in the unit a person would say.

/** Milliseconds as `0.3s`, `12s`, `7m31s`, `1h02m`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

function two(count: number): string {
  return String(count).padStart(2, '0');
}

/** What a progress line is about. */
export type Subject = { name: string; version: string };

/** The line before a cold build; `expected` is a duration in words. */
export function buildingLine(part: Subject, expected: string): string {
  return `${part.name} ${part.version} … building (${expected} the first time)`;
}

/** The line after a cold build. */
export function builtLine(part: Subject, milliseconds: number): string {
  return `${part.name} ${part.version} … built in ${formatDuration(milliseconds)}`;
}

/** The line while another process builds the same part. */
export function waitingLine(part: Subject, pid: number): string {
  return `${part.name} ${part.version} … waiting for process ${pid}, which builds it`;
}

/** The one line that ends every call. */
export function readyLine(summary: { count: number; built: number; cache: string; milliseconds: number }): string {
  const how = summary.built === 0 ? 'all from the cache' : `${summary.built} built now`;
  return `${summary.count} ${summary.count === 1 ? 'part' : 'parts'} ready in ${summary.cache} (${how}, ${formatDuration(summary.milliseconds)})`;
}
