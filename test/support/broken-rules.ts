// Rules of a property by their words, so that a counterexample names the one that it breaks.

/** The rules that do not hold. */
export function brokenRules(rules: Record<string, boolean>): string[] {
  return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
}
