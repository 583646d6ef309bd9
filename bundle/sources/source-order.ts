// Several sources of one bundle, in the order in which a person wrote them down: what one cannot give, the next is asked for.
import { BundleError, isPassing } from '../errors.ts';
import type { BundleSource } from './source.ts';

/** A source that failed, and what it said. */
export type SourceFailure = { readonly name: string; readonly error: BundleError };

/** `open` is called when the source's turn comes, so that an address that is none is a source that fails. */
export type OrderedSource = { readonly name: string; readonly open: () => BundleSource };

export type SourceOrder = {
  /**
   * What `use` gets from the first source that gives it. One that has failed waits behind the others from then on.
   * @throws BundleError as the only source failed; of several, one that names what each said
   */
  from<Value>(use: (source: BundleSource) => Promise<Value>): Promise<Value>;
  /** Names of those that gave something, in order of use. */
  given(): readonly string[];
};

/** Longest that all sources together may say, in characters: it becomes the message of a condition. */
const LONGEST = 700;

/** These come from documents that are verified by their digest: every source would give the same, or have no room. */
const SAME_EVERYWHERE = new Set(['DiskFull', 'PlatformMissing', 'VersionMismatch']);

/** `onFailover` hears of the failures before a source that did give what was asked for. */
export function orderSources(
  sources: readonly OrderedSource[],
  onFailover: (failures: readonly SourceFailure[], given: BundleSource) => void = () => undefined,
): SourceOrder {
  let order = [...sources];
  // Opened once: a registry's token is good for more than one blob.
  const opened = new Map<OrderedSource, BundleSource>();
  const given = new Set<string>();
  return {
    given: () => [...given],
    async from(use) {
      const failures: SourceFailure[] = [];
      for (const one of order) {
        try {
          const source = opened.get(one) ?? one.open();
          opened.set(one, source);
          const value = await use(source);
          given.add(source.name);
          if (failures.length > 0) onFailover(failures, source);
          return value;
        } catch (error) {
          if (!(error instanceof BundleError) || SAME_EVERYWHERE.has(error.code)) throw error;
          failures.push({ name: one.name, error });
          order = [...order.filter((other) => other !== one), one];
        }
      }
      throw describeFailures(failures);
    },
  };
}

/** One source speaks for itself. Of several, one that may yet give it makes the whole worth another try. */
function describeFailures(failures: readonly SourceFailure[]): BundleError {
  const [first] = failures;
  if (!first) return new BundleError('SourceUnsupported', 'there is no source to read the bundle from');
  if (failures.length === 1) return first.error;
  const telling = (failures.find(({ error }) => isPassing(error)) ?? first).error;
  return new BundleError(telling.code, `no source gives the bundle: ${listFailures(failures)}`, { cause: telling });
}

/** `address: what it said`, each cut to its share of a condition's message. */
export function listFailures(failures: readonly SourceFailure[]): string {
  const share = Math.floor(LONGEST / failures.length);
  return failures.map(({ name, error }) => shorten(`${name}: ${error.message}`, share)).join('; ');
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
