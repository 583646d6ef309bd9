// What a unit executes: the script through its own interpreter, then its exit status, written so that no crash loses it.
import { SEARCH_PATH } from './run-command.ts';

/**
 * Arguments: environment file, output file, exit file, then the interpreter, its option if it has one, and the script.
 * Read by /bin/sh rather than executed, and so is the script: /run is often mounted noexec, and an SELinux policy may not
 * let systemd execute what lies below /var/lib. The mark says that the script has begun: a unit that somebody stops by hand
 * leaves neither unit nor status. What cannot be written (a full disk) is still known to systemd while the unit is there.
 */
export const UNIT_WRAPPER = `#!/bin/sh
environment=$1 output=$2 result=$3
shift 3
: >"$result.begun" && sync "$result.begun" "\${result%/*}"
( . "$environment"; exec "$@" ) </dev/null >>"$output" 2>&1
status=$?
printf '%s\\n' "$status" >"$result.tmp" && sync "$result.tmp" && mv -f "$result.tmp" "$result" && sync "\${result%/*}"
exit "$status"
`;

/** Environment of a unit as lines for a shell; HOME and PATH come first and can be overridden. */
export function environmentFile(environment: Record<string, string>): string {
  const all = { HOME: '/root', PATH: SEARCH_PATH, ...environment };
  return Object.entries(all)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`not the name of a variable: ${name}`);
      return `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`;
    })
    .join('');
}

/**
 * The interpreter of a script by its first line, split as the kernel does: at most one option.
 * systemd rewrites `$` and `%` in command lines, so that a line with anything unusual is refused (TypeError).
 */
export function interpreterOf(script: string): string[] {
  const [, interpreter, option] =
    /^#![ \t]*([A-Za-z0-9/._+-]+)(?:[ \t]+([A-Za-z0-9/._+=, -]*?))?[ \t]*\n/.exec(script) ?? [];
  if (!interpreter?.startsWith('/')) throw new TypeError('a script needs a first line such as #!/bin/sh');
  return option ? [interpreter, option] : [interpreter];
}
