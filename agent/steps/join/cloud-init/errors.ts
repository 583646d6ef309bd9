// The one way in which a bootstrap document is refused: a code, a place in the document, and what a person can do.

/** Every cause of refusal; stable, so that tests and metrics may name them. */
export type BootstrapDocumentErrorCode =
  | 'UnsupportedFormat'
  | 'NotText'
  | 'DocumentTooLarge'
  | 'EmptyDocument'
  | 'NotCloudConfig'
  | 'UnsupportedTemplate'
  | 'InvalidTemplate'
  | 'UndefinedVariable'
  | 'InvalidYaml'
  | 'DuplicateKey'
  | 'UnsupportedKeys'
  | 'InvalidValue'
  | 'InvalidPath'
  | 'InvalidEncoding'
  | 'FileTooLarge'
  | 'UnknownInterface'
  | 'UnsupportedPlaceholder';

/** What a refusal says. `message` names keys, indices, lines and paths, never the document's content: it holds secrets. */
export type BootstrapDocumentRefusal = { code: BootstrapDocumentErrorCode; message: string; remedy: string };

/** The document cannot be executed as it is; the same document is refused the same way for ever. */
export class BootstrapDocumentError extends Error {
  readonly code: BootstrapDocumentErrorCode;
  readonly remedy: string;

  constructor(refusal: BootstrapDocumentRefusal) {
    // No `cause`: the errors of the parsers below quote the text that they could not read.
    super(refusal.message);
    this.name = 'BootstrapDocumentError';
    this.code = refusal.code;
    this.remedy = refusal.remedy;
  }
}

/** A value in the document has the wrong type or form; `where` is its place, such as `write_files[2].owner`. */
export function refuseValue(where: string, problem: string, remedy: string): BootstrapDocumentError {
  return new BootstrapDocumentError({ code: 'InvalidValue', message: `${where} ${problem}`, remedy });
}

/** A name taken from the document, made fit for an error: keys and paths are user text. */
export function nameForError(name: string, max = 128): string {
  const clean = name.replace(/\p{C}/gu, '?');
  return JSON.stringify(clean.length > max ? `${clean.slice(0, max)}…` : clean);
}

/** The names, at most 32 of them: a hostile document has thousands. */
export function listNames(names: string[]): string {
  const shown = names.slice(0, 32).map((name) => nameForError(name));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return shown.join(', ') + more;
}
