// A disk that takes no writes when the agent starts: the host is heard and says why it obeys nobody, until the disk is freed.
import { ByoError, describeError } from '../common/errors.ts';
import type { Logger } from '../common/log.ts';
import { pause } from '../common/pause.ts';
import type { OpenedOperations } from './open-operations.ts';
import type { AgentOperations } from './operations.ts';

export type OpenWhenWritable = {
  open: () => Promise<OpenedOperations>;
  /** The operations for as long as the journal cannot be opened, and why. */
  refusing: (error: ByoError) => AgentOperations;
  first: ByoError;
  log: Logger;
  retryMilliseconds: number;
};

/** `resume` waits for the disk, then goes on as if the agent had just started; until then every order is refused. */
export function openWhenWritable(options: OpenWhenWritable): OpenedOperations {
  const { log } = options;
  const ended = new AbortController();
  let current = options.refusing(options.first);
  let close: (() => void) | undefined;
  let listener: (() => void) | undefined;
  const take = (operations: AgentOperations): void => {
    current = operations;
    operations.onChange(() => listener?.());
    listener?.();
  };
  const resume = async (): Promise<void> => {
    const opened = await keepOpening(options, ended.signal, (error) => take(options.refusing(error)));
    if (!opened) return;
    close = opened.close;
    log.info('the disk takes writes again, and the agent goes on');
    const resuming = opened.operations.resume();
    take(opened.operations);
    await resuming;
  };
  return { operations: delegate(() => current, { resume, onChange: (tell) => (listener = tell) }), close: end };

  function end(): void {
    ended.abort();
    close?.();
  }
}

type Replaced = Pick<AgentOperations, 'resume' | 'onChange'>;

function delegate(current: () => AgentOperations, replaced: Replaced): AgentOperations {
  return {
    perform: (order) => current().perform(order),
    stop: (order) => current().stop(order),
    isKnown: (order) => current().isKnown(order),
    progressOf: (order) => current().progressOf(order),
    claims: () => current().claims(),
    latest: () => current().latest(),
    quarantine: () => current().quarantine(),
    told: () => current().told(),
    noteHostPaths: () => current().noteHostPaths(),
    ...replaced,
  };
}

/** Undefined when the agent ended meanwhile. `tell`: a reason other than the one before. */
async function keepOpening(
  { open, first, log, retryMilliseconds }: OpenWhenWritable,
  signal: AbortSignal,
  tell: (error: ByoError) => void,
): Promise<OpenedOperations | undefined> {
  let told = first.reason;
  for (;;) {
    await pause(retryMilliseconds, signal);
    if (signal.aborted) return undefined;
    try {
      return await open();
    } catch (error) {
      log.warn({ why: describeError(error) }, 'the journal cannot be opened yet');
      if (!(error instanceof ByoError) || error.reason === told) continue;
      told = error.reason;
      tell(error);
    }
  }
}
