// The mappings of a source map (version 3): numbers in base 64, each the difference to the one before it.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Of a digit, five bits count; the sixth says that more follow. */
const [BITS, MORE] = [5, 32];

/** Column, source, line and column in the source, name: as a segment has them, as differences. */
type Segment = number[];
const SOURCE = 1;

/** The same mappings without those into one source: what its places are is not for anybody to know. */
export function dropSource(mappings: string, dropped: number): string {
  const read: Segment = [0, 0, 0, 0, 0];
  const written: Segment = [0, 0, 0, 0, 0];
  return mappings
    .split(';')
    .map((line) => {
      read[0] = 0;
      written[0] = 0;
      const segments = line === '' ? [] : line.split(',').map((text) => advance(read, decode(text)));
      const kept = segments.filter((segment) => segment[SOURCE] !== dropped);
      return kept.map((segment) => encode(differ(written, segment))).join(',');
    })
    .join(';');
}

/** Goes on by the differences; answers where that is. */
function advance(at: Segment, by: Segment): Segment {
  by.forEach((difference, field) => (at[field] = (at[field] ?? 0) + difference));
  return at.slice(0, by.length);
}

/** What has to be added to come to it; is there afterwards. */
function differ(at: Segment, to: Segment): Segment {
  const differences = to.map((value, field) => value - (at[field] ?? 0));
  to.forEach((value, field) => (at[field] = value));
  return differences;
}

function decode(text: string): Segment {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    value += (digit % MORE) * 2 ** shift;
    shift += BITS;
    if (digit >= MORE) continue;
    // The lowest bit is the sign.
    numbers.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2);
    [value, shift] = [0, 0];
  }
  return numbers;
}

function encode(numbers: Segment): string {
  return numbers.map((number) => digitsOf(number < 0 ? -number * 2 + 1 : number * 2)).join('');
}

function digitsOf(value: number): string {
  const rest = Math.floor(value / MORE);
  const digit = value % MORE;
  return rest === 0 ? DIGITS.charAt(digit) : DIGITS.charAt(digit + MORE) + digitsOf(rest);
}
