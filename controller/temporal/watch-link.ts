// Whether the link to Temporal is still configured as the connection that stands was made: certificates are renewed.
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { pause } from '../../common/pause.ts';
import { isSameLink, LINK_LOOK_MS, type TemporalLink } from '../../common/temporal-link.ts';

export type LinkWatch = {
  readLink: () => TemporalLink;
  /** As the connection was made. */
  link: TemporalLink;
  /** Called once: whoever holds the connection makes another. */
  onChange: () => void;
  log: Logger;
  signal: AbortSignal;
  /** Milliseconds between looks. */
  linkEveryMs?: number;
};

/** Looks until `signal`, or until the link has changed. A file that is just being written changes nothing yet. */
export async function watchLink(watch: LinkWatch): Promise<void> {
  const { readLink, link, onChange, log, signal, linkEveryMs = LINK_LOOK_MS } = watch;
  for (;;) {
    await pause(linkEveryMs, signal);
    if (signal.aborted) return;
    try {
      if (isSameLink(readLink(), link)) continue;
      log.info({}, 'the link to Temporal is configured anew: the next connection is made so');
      return onChange();
    } catch (error) {
      log.warn({ error: describeError(error) }, 'the configuration of the link to Temporal cannot be read');
    }
  }
}
