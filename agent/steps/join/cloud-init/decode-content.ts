// A file's content from its encoding, within bounds: text, base64, gzip, or gzip in base64.
import { gunzipSync } from 'node:zlib';
import { hasCode } from '../../../../common/system-error.ts';
import { BootstrapDocumentError, refuseValue } from './errors.ts';
import type { YamlValue } from './yaml-value.ts';

type Decoding = { base64: boolean; gunzip: boolean };

const PLAIN: Decoding = { base64: false, gunzip: false };
const BASE64: Decoding = { base64: true, gunzip: false };
const GZIP: Decoding = { base64: false, gunzip: true };
const GZIP_BASE64: Decoding = { base64: true, gunzip: true };

/** cloud-init's names; it reads any other as plain text, which would write an encoded file in silence. */
const ENCODINGS = new Map<string, Decoding>([
  ['', PLAIN],
  ['none', PLAIN],
  ['text/plain', PLAIN],
  ['b64', BASE64],
  ['base64', BASE64],
  ['gz', GZIP],
  ['gzip', GZIP],
  ['gz+base64', GZIP_BASE64],
  ['gzip+base64', GZIP_BASE64],
  ['gz+b64', GZIP_BASE64],
  ['gzip+b64', GZIP_BASE64],
]);

/** `where` is the entry's place; `limit` the bytes it may still have once decoded. */
export type EncodedContent = {
  where: string;
  encoding: YamlValue | undefined;
  content: YamlValue | undefined;
  limit: number;
};

/** The file's bytes. Refuses unknown encodings, damaged content (InvalidEncoding) and excess (FileTooLarge). */
export function decodeContent(file: EncodedContent): Buffer {
  const decoding = readEncoding(file);
  let bytes = readBytes(file);
  if (decoding.base64) bytes = decodeBase64(bytes, file);
  if (bytes.length > file.limit) throw refuseSize(file);
  return decoding.gunzip ? gunzip(bytes, file) : bytes;
}

function readEncoding(file: EncodedContent): Decoding {
  const name = file.encoding ?? '';
  const decoding = typeof name === 'string' ? ENCODINGS.get(name.trim().toLowerCase()) : undefined;
  if (decoding) return decoding;
  const known = [...ENCODINGS.keys()].filter((key) => key !== '').join(', ');
  throw new BootstrapDocumentError({
    code: 'InvalidEncoding',
    message: `${file.where}.encoding is unknown`,
    remedy: `Use one of ${known}`,
  });
}

function readBytes({ where, content }: EncodedContent): Buffer {
  if (content === null || content === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(content)) return content;
  const remedy = 'Quote the content, or write it as a block (content: |)';
  if (typeof content !== 'string') throw refuseValue(`${where}.content`, 'is not a string', remedy);
  if (!content.isWellFormed()) throw refuseValue(`${where}.content`, 'holds half of a character', 'Write it as UTF-8');
  return Buffer.from(content);
}

function refuseEncoding(file: EncodedContent, problem: string): BootstrapDocumentError {
  return new BootstrapDocumentError({
    code: 'InvalidEncoding',
    message: `${file.where}.content ${problem}`,
    remedy: 'Encode the file again, or correct its encoding key',
  });
}

function refuseSize(file: EncodedContent): BootstrapDocumentError {
  return new BootstrapDocumentError({
    code: 'FileTooLarge',
    message: `${file.where}.content is larger than the ${file.limit} bytes that are left for it once decoded`,
    remedy: 'Move large files into the bundle, or fetch them in preKubeadmCommands',
  });
}

function decodeBase64(bytes: Buffer, file: EncodedContent): Buffer {
  // Node's decoder skips what it does not know and takes half a group: a damaged key would be written as if sound.
  const text = bytes.toString('latin1').replace(/[ \t\r\n]+/g, '');
  const sound = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  if (!sound) throw refuseEncoding(file, 'is not base64');
  return Buffer.from(text, 'base64');
}

function gunzip(bytes: Buffer, file: EncodedContent): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(file.limit, 1) });
  } catch (error) {
    const isTooLarge = hasCode(error, 'ERR_BUFFER_TOO_LARGE');
    throw isTooLarge ? refuseSize(file) : refuseEncoding(file, 'is not gzip, or damaged');
  }
}
