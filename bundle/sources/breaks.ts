// A link that breaks, told in the words of bundles: what came is kept, and the rest may come later or from elsewhere.
import { systemErrorCode } from '../../common/system-error.ts';
import { BundleError } from '../errors.ts';
import { viewOf, type Pieces } from '../store/pieces.ts';

/** `SourceInterrupted` for whatever went wrong on the way; a BundleError, or what came of an abort, as it is. */
export function nameBreak(error: unknown, name: string, signal?: AbortSignal): unknown {
  if (error instanceof BundleError || signal?.aborted) return error;
  const why = error instanceof Error ? error.message || systemErrorCode(error) : String(error);
  return new BundleError('SourceInterrupted', `${name} was interrupted: ${why}`, { cause: error });
}

/** The bytes of a source after its first `skipped`. @throws what `nameBreak` makes of it */
export async function* namingBreaks(
  content: Pieces,
  of: { name: string; signal?: AbortSignal | undefined; skipped?: number },
): AsyncGenerator<Buffer> {
  let left = of.skipped ?? 0;
  try {
    for await (const part of content) {
      const bytes = viewOf(part);
      const rest = bytes.subarray(Math.min(left, bytes.length));
      left -= bytes.length - rest.length;
      if (rest.length > 0) yield rest;
    }
  } catch (error) {
    throw nameBreak(error, of.name, of.signal);
  }
}
