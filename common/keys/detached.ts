// A compact JWS or JWE with one of its parts behind it, as bytes: base64 alone would be a third more (RFC 7515, appendix F).
import { joinLine, splitLine } from '../../api/line-and-bytes.ts';

/** Which part: the payload of a signature, the ciphertext of an encryption. */
export const PAYLOAD = 1;
export const CIPHERTEXT = 3;
type Part = typeof PAYLOAD | typeof CIPHERTEXT;

export function detach(compact: string, part: Part): Uint8Array {
  const parts = compact.split('.');
  const [detached = ''] = parts.splice(part, 1, '');
  return joinLine(parts.join('.'), Buffer.from(detached, 'base64url'));
}

/** The compact form again; what has nothing behind it, which no compact form has, is one already. */
export function attach(detached: Uint8Array, part: Part): string {
  const split = splitLine(detached);
  if (!split) return Buffer.from(detached).toString();
  const parts = split.line.split('.');
  parts[part] = Buffer.from(split.bytes).toString('base64url');
  return parts.join('.');
}
