// BYOH's one placeholder, {{ .DefaultNetworkInterfaceName }}: replaced in file contents, before Jinja can stumble on it.
import { BootstrapDocumentError } from './errors.ts';

const PLACEHOLDER = /\{\{[ \t]*\.DefaultNetworkInterfaceName[ \t]*\}\}/g;
/** What Linux takes as a name, without the characters that only a prank would use. */
const INTERFACE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,14}$/;

/** Text in which each placeholder became `marker`, a word that means nothing to Jinja and YAML; absent: there was none. */
export type ProtectedText = { text: string; marker?: string };

/**
 * Hides the placeholder from Jinja, to which it is a syntax error. It cannot be replaced here: only after YAML is parsed
 * it is known what is file content, and BYOH replaced it nowhere else.
 */
export function protectPlaceholder(text: string): ProtectedText {
  if (text.search(PLACEHOLDER) < 0) return { text };
  let n = 0;
  while (text.includes(markerOf(n))) n += 1;
  const marker = markerOf(n);
  return { text: text.replace(PLACEHOLDER, marker), marker };
}

function markerOf(n: number): string {
  return `byoDefaultInterface${n}Name`;
}

/** What replaces the placeholder: the marker that stands for it, if any, and the interface, if known. */
export type InterfaceName = { marker?: string | undefined; name?: string | undefined };

/** Replaces placeholder and marker in a file's bytes; every other byte stays. Refuses when the interface is not known. */
export function replaceInterfaceName(content: Buffer, iface: InterfaceName, where: string): Buffer {
  // latin1 maps each byte to one character and back, so that binary content survives.
  const text = content.toString('latin1');
  const markers =
    iface.marker === undefined ? text : text.replaceAll(iface.marker, '{{ .DefaultNetworkInterfaceName }}');
  if (markers.search(PLACEHOLDER) < 0) return content;
  const { name } = iface;
  if (name === undefined || !INTERFACE_NAME.test(name)) {
    throw new BootstrapDocumentError({
      code: 'UnknownInterface',
      message: `${where} uses {{ .DefaultNetworkInterfaceName }}, but this host has no usable default network interface`,
      remedy: 'Give the host a default route, or write the name of the interface into the file',
    });
  }
  return Buffer.from(
    markers.replace(PLACEHOLDER, () => name),
    'latin1',
  );
}
