// The few kinds of value that a cloud-config can hold; mappings are Maps, so that no key is special.

/** A plain (unquoted) number or boolean with the characters as they were written: `0640` must not become 640. */
export class PlainScalar {
  readonly source: string;
  readonly value: number | bigint | boolean;

  constructor(source: string, value: number | bigint | boolean) {
    this.source = source;
    this.value = value;
  }
}

export type YamlMap = Map<string, YamlValue>;
/** Buffer is `!!binary`. */
export type YamlValue = string | null | PlainScalar | Buffer | YamlValue[] | YamlMap;

/** Calls `visit` with every string below `value` and its place, such as `runcmd[2]`; keys are strings too. */
export function visitStrings(value: YamlValue, where: string, visit: (text: string, where: string) => void): void {
  if (typeof value === 'string') visit(value, where);
  else if (Array.isArray(value)) value.forEach((item, index) => visitStrings(item, `${where}[${index}]`, visit));
  else if (value instanceof Map) {
    for (const [key, item] of value) {
      visit(key, where);
      visitStrings(item, `${where}.${key}`, visit);
    }
  }
}
