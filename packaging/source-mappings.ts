// The mappings of a source map (version 3) without those into one source.
import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

/** The same mappings without those into one source: what its places are is not for anybody to know. */
export function dropSource(mappings: string, dropped: number): string {
  const isKept = (segment: SourceMapSegment): boolean => segment[1] !== dropped;
  return encode(decode(mappings).map((line) => line.filter(isKept)));
}
