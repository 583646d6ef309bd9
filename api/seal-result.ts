// What the activity that seals answers, as it stands in a history: JSON, or, of a packed order, JSON with its bytes behind.
import type { SealResult } from './activities.ts';
import { joinLine, splitLine } from './line-and-bytes.ts';

export function writeSealResult(result: SealResult): SealResult | Uint8Array {
  if (!('order' in result) || typeof result.order.sealed === 'string') return result;
  const { sealed, ...envelope } = result.order;
  return joinLine(JSON.stringify({ ...result, order: envelope }), sealed);
}

/** What `writeSealResult` has written; our own activity's word. */
export function readSealResult(written: SealResult | Uint8Array): SealResult {
  if (!(written instanceof Uint8Array)) return written;
  const { line = '', bytes: sealed } = splitLine(written) ?? {};
  const { order, ...rest } = JSON.parse(line);
  return { ...rest, order: { ...order, sealed } };
}
