// Bounds of what a document may make the agent hold in memory (hostile input: reliability and security, T37).

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes of the document as it arrives; a Kubernetes Secret holds at most 1 MiB. */
export const MAX_DOCUMENT_BYTES = MIB;
/** Characters of the document once its template is rendered. */
export const MAX_RENDERED_LENGTH = 2 * MIB;
/** Instructions that the template may execute: far above any real document, about 25 ms. */
export const MAX_TEMPLATE_FUEL = 1_000_000;
/** Pages of 64 KiB that the template engine may hold. */
export const MAX_TEMPLATE_PAGES = 1024;
/** Bytes of one decoded file. */
export const MAX_FILE_BYTES = 8 * MIB;
/** Bytes of all decoded files together. */
export const MAX_TOTAL_FILE_BYTES = 16 * MIB;
export const MAX_FILES = 1024;
/** Characters of one shell script. */
export const MAX_SCRIPT_LENGTH = 2 * MIB;
/** Aliases share what they name, but each use of one costs what it names. */
export const MAX_YAML_ALIASES = 64;
/** Real documents need 3 levels. */
export const MAX_YAML_DEPTH = 16;
/** Lines and tokens together; a control plane's document has some hundreds. */
export const MAX_YAML_TOKENS = 100_000;
