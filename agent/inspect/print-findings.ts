// `byo-agent inspect`: what keeps this machine from being claimed, for a person or for a program.
import type { HostFacts } from './host-facts.ts';
import { decideFindings, decideNotes } from './decide-findings.ts';

/** Text of the command; `json` for programs. */
export function describeInspection(facts: HostFacts, json: boolean): string {
  const findings = decideFindings(facts);
  const notes = decideNotes(facts);
  if (json) return `${JSON.stringify({ fit: findings.length === 0, findings, notes, facts }, undefined, 2)}\n`;
  const machine = `${facts.hostname}: ${facts.osImage}, ${facts.architecture}, Linux ${facts.kernel}, cgroup ${facts.cgroup}`;
  const width = Math.max(0, ...findings.map(({ code }) => code.length));
  const rows = findings.flatMap(({ code, message, remedy }) => [
    `  ${code.padEnd(width)}  ${message}`,
    `  ${' '.repeat(width)}  -> ${remedy}`,
  ]);
  const verdict = findings.length === 0 ? 'This host can be claimed.' : 'This host cannot be claimed:';
  return [machine, verdict, ...rows, ...notes.map((note) => `Note: ${note}.`), ''].join('\n');
}
