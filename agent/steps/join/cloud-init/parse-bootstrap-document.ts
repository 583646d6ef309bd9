// A bootstrap document to a plan: pure text work, in cloud-init's order; refuses loudly what we would not carry out.
import { BootstrapDocumentError, nameForError } from './errors.ts';
import { SENTINEL } from './bootstrap-plan.ts';
import type { BootstrapFile, BootstrapPlan, InstanceMetadata } from './bootstrap-plan.ts';
import { checkCloudConfig, checkFormat, readDocumentText, recogniseDocument } from './document-kind.ts';
import { describeInstance } from './instance-data.ts';
import { protectPlaceholder } from './interface-name.ts';
import type { InterfaceName } from './interface-name.ts';
import { parseYaml } from './parse-yaml.ts';
import { readFiles } from './read-files.ts';
import { renderTemplate } from './render-template.ts';
import { writeShellScript } from './shell-script.ts';
import { refuseUnsupportedKeys } from './supported-keys.ts';
import { visitStrings } from './yaml-value.ts';
import type { YamlMap } from './yaml-value.ts';

export type { BootstrapFile, BootstrapPlan };

/** `format` is that key of the bootstrap Secret; `document` its `value`, decoded. */
export type BootstrapDocument = {
  format?: string | undefined;
  document: string | Buffer;
  metadata: InstanceMetadata;
  /** Interface of the host's default route. */
  defaultNetworkInterface?: string | undefined;
};

/** The plan of a cloud-config document. Throws BootstrapDocumentError, and nothing else, for a document it refuses. */
export function parseBootstrapDocument(input: BootstrapDocument): BootstrapPlan {
  checkFormat(input.format);
  const { text, marker } = readCloudConfig(input);
  const config = parseYaml(text);
  refuseUnsupportedKeys(config);
  refusePlaceholderOutsideFiles(config, marker);
  const files = readFiles(config.get('write_files') ?? [], { marker, name: input.defaultNetworkInterface });
  const runScript = writeShellScript('runcmd', config.get('runcmd') ?? []);
  const boot = config.get('bootcmd') ?? undefined;
  return {
    files,
    ...(boot === undefined ? {} : { bootScript: writeShellScript('bootcmd', boot) }),
    runScript,
    warnings: findWarnings(runScript, files),
  };
}

/** The document as YAML text: rendered when it asks for it, byte for byte as it came when not. */
function readCloudConfig(input: BootstrapDocument): { text: string } & Pick<InterfaceName, 'marker'> {
  const document = recogniseDocument(readDocumentText(input.document));
  if (!document.jinja) return { text: document.text };
  const hidden = protectPlaceholder(document.text);
  const text = renderTemplate(hidden.text, describeInstance(input.metadata));
  checkCloudConfig(text);
  return { text, marker: hidden.marker };
}

/** BYOH fills its placeholder into file contents only; in a command it would reach the shell as our marker. */
function refusePlaceholderOutsideFiles(config: YamlMap, marker: string | undefined): void {
  if (marker === undefined) return;
  visitStrings(config, '', (text, where) => {
    if (!text.includes(marker) || /^\.write_files\[\d+\]\.content$/.test(where)) return;
    throw new BootstrapDocumentError({
      code: 'UnsupportedPlaceholder',
      message: `{{ .DefaultNetworkInterfaceName }} stands at ${nameForError(where.slice(1))}, outside of a file's content`,
      remedy: 'Use it in the content of write_files only; in a command, ask "ip route show default"',
    });
  });
}

/** Without the sentinel a bootstrap never counts as done: likely a hand-made document. */
function findWarnings(runScript: string, files: BootstrapFile[]): string[] {
  const named = runScript.includes(SENTINEL) || files.some((file) => file.content.includes(SENTINEL));
  return named ? [] : [`neither runcmd nor a file names ${SENTINEL}: success could never be told`];
}
