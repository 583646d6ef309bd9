// Tells cloud-config, with or without a Jinja header, from everything else that a bootstrap Secret may hold.
import { BootstrapDocumentError } from './errors.ts';
import { MAX_DOCUMENT_BYTES } from './limits.ts';

/** A cloud-config document: `jinja` when its first line asks for it, and then `text` is what follows that line. */
export type CloudConfigText = { jinja: boolean; text: string };

const REMEDY =
  'Use the cloud-config that KubeadmConfig renders (format: cloud-config), or one document that begins with #cloud-config';

/** Kinds that cloud-init reads and we do not, by their beginning; the names are what the refusal says. */
const OTHER_KINDS: readonly [RegExp, string][] = [
  [/^\{/, 'JSON, probably Ignition'],
  [/^(mime-version|content-type|content-disposition):/i, 'a MIME multi-part message'],
  [/^#!/, 'a script'],
  [/^#include/i, 'an include list'],
  [/^#cloud-boothook/i, 'a boot hook'],
  [/^#cloud-config-(archive|jsonp)/i, 'an archive or patch of cloud-configs'],
  [/^#(upstart-job|part-handler)/i, 'a part handler'],
];

const JINJA_HEADER = /^##\s*template:\s*jinja\s*$/i;
const TEMPLATE_HEADER = /^##\s*template:/i;
const CLOUD_CONFIG_HEADER = /^\s*#cloud-config(\s|$)/i;

function refuse(message: string): BootstrapDocumentError {
  return new BootstrapDocumentError({ code: 'NotCloudConfig', message, remedy: REMEDY });
}

/** Refuses any `format` key of the bootstrap Secret but cloud-config; absent means cloud-config (user-made Secrets). */
export function checkFormat(format: string | undefined): void {
  if (format === undefined || format === 'cloud-config') return;
  const known = format === 'ignition' ? 'ignition' : 'unknown';
  throw new BootstrapDocumentError({
    code: 'UnsupportedFormat',
    message: `the bootstrap document's format is ${known}, not cloud-config`,
    remedy: 'Set format: cloud-config in the KubeadmConfig, KubeadmConfigTemplate or KubeadmControlPlane',
  });
}

/** Bytes to text. Refuses what is too large, compressed, or not UTF-8: a lossy read would corrupt keys in silence. */
export function readDocumentText(document: string | Buffer): string {
  const bytes = typeof document === 'string' ? Buffer.from(document) : document;
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new BootstrapDocumentError({
      code: 'DocumentTooLarge',
      message: `the bootstrap document has ${bytes.length} bytes, more than ${MAX_DOCUMENT_BYTES}`,
      remedy: 'Move large files into the bundle, or fetch them in preKubeadmCommands',
    });
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw refuse('the bootstrap document is gzip, not text');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // The decoder's error tells nothing more.
    throw new BootstrapDocumentError({
      code: 'NotText',
      message: 'the bootstrap document is not UTF-8',
      remedy: 'Put binary content into write_files with encoding: base64',
    });
  }
}

/** Splits off the Jinja header, which counts on the very first line only, and refuses other kinds of document. */
export function recogniseDocument(text: string): CloudConfigText {
  if (text.trim() === '') {
    throw new BootstrapDocumentError({
      code: 'EmptyDocument',
      message: 'the bootstrap document is empty',
      remedy: REMEDY,
    });
  }
  const end = text.indexOf('\n');
  const firstLine = end < 0 ? text : text.slice(0, end);
  if (JINJA_HEADER.test(firstLine)) return { jinja: true, text: end < 0 ? '' : text.slice(end + 1) };
  if (TEMPLATE_HEADER.test(firstLine)) {
    throw new BootstrapDocumentError({
      code: 'UnsupportedTemplate',
      message: 'the bootstrap document asks for a template language other than jinja',
      remedy: 'Use "## template: jinja" as the first line, or none',
    });
  }
  checkCloudConfig(text);
  return { jinja: false, text };
}

/** Refuses text that does not begin with `#cloud-config`, and says what it seems to be. */
export function checkCloudConfig(text: string): void {
  if (CLOUD_CONFIG_HEADER.test(text)) return;
  const start = text.trimStart();
  const other = OTHER_KINDS.find(([pattern]) => pattern.test(start));
  if (other) throw refuse(`the bootstrap document is ${other[1]}, not cloud-config`);
  throw refuse('the bootstrap document has no #cloud-config line at its beginning');
}
