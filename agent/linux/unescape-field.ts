// The one rule of unescaping in the kernel's tables.

/** Blank, tab, newline and backslash are octal in the kernel's tables of mounts and swaps. */
export function unescapeField(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
