// A new identity is used at once, and written as soon as the disk takes it: a full disk must not end the link.
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { isDiskError, nameDiskError } from '../host/disk-error.ts';
import { holdIdentity, writeHeldIdentity, writeIdentity, type Identity } from './identity.ts';
import { retryOverLink, type BackOff } from '../link/back-off.ts';

export type KeepingOptions = { stateDir: string; log: Logger; signal: AbortSignal };

const BACK_OFF = { least: 1000, most: 60_000 };

/** A reboot before it is written costs one more renewal, which an expired certificate does not hinder. */
export async function keepIdentity(
  options: KeepingOptions,
  next: Identity,
  backOff: BackOff = BACK_OFF,
): Promise<void> {
  const { stateDir, log, signal } = options;
  try {
    await writeIdentity(stateDir, next);
  } catch (thrown) {
    const error = nameDiskError(thrown);
    if (!isDiskError(error)) throw error;
    await holdIdentity(stateDir, next);
    const onFailure = (why: unknown, wait: number): void =>
      log.warn(
        { wait, why: describeError(nameDiskError(why)) },
        'the new certificate is used, and cannot be written yet',
      );
    retryOverLink(() => writeHeldIdentity(stateDir), { ...backOff, signal, onFailure }).catch((ended: unknown) => {
      // The abort is how the agent ends.
      if (!signal.aborted) log.error({ why: describeError(ended) }, 'the new certificate cannot be written');
    });
  }
}
