// Ground of the tests: parses with a plain host, and tells how a document was refused.
import { BootstrapDocumentError } from './errors.ts';
import type { BootstrapPlan } from './bootstrap-plan.ts';
import { parseBootstrapDocument } from './parse-bootstrap-document.ts';
import type { BootstrapDocument } from './parse-bootstrap-document.ts';

export const METADATA = { localHostname: 'host-1', instanceId: 'claim-3', providerId: 'byoh://7f2c1c52/3' };

type Rest = Omit<BootstrapDocument, 'document' | 'metadata'>;

export function parse(document: string | Buffer, rest: Rest = {}): BootstrapPlan {
  return parseBootstrapDocument({ document, metadata: METADATA, ...rest });
}

/** Parses a document whose lines follow `#cloud-config`. */
export function parseConfig(body: string, rest: Rest = {}): BootstrapPlan {
  return parse(`#cloud-config\n${body}`, rest);
}

/** The refusal; fails when the document is accepted, and lets every untyped error through. */
export function refusalOf(document: string | Buffer, rest: Rest = {}): BootstrapDocumentError {
  try {
    parse(document, rest);
  } catch (error) {
    if (error instanceof BootstrapDocumentError) return error;
    throw error;
  }
  throw new Error('the document was accepted');
}

/** The one file of a document whose only entry has these lines. */
export function parseFile(...lines: string[]): BootstrapPlan['files'][number] {
  const [file] = parseConfig(`write_files:\n- ${lines.join('\n  ')}\n`).files;
  if (!file) throw new Error('no file');
  return file;
}

/** How such an entry is refused. */
export function refusalOfFile(...lines: string[]): BootstrapDocumentError {
  return refusalOf(`#cloud-config\nwrite_files:\n- ${lines.join('\n  ')}\n`);
}

/** Whether the document was planned or refused; any other error is let through. */
export function outcomeOf(document: string | Buffer, rest: Rest = {}): 'planned' | 'refused' {
  try {
    parse(document, rest);
    return 'planned';
  } catch (error) {
    if (error instanceof BootstrapDocumentError) return 'refused';
    throw error;
  }
}
