// A failure of a host, as it may stand in a history: message, reason, remedy. Stacks, causes and sources stay outside.
import type { temporal } from '@temporalio/proto';
import { printable } from '../../common/errors.ts';
import { firstText, textPayloads } from './payloads.ts';

type IFailure = temporal.api.failure.v1.IFailure;

/** Reasons of ours and error names of the SDK look like this. */
const TYPE = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
/** For a failure without a type of that form; retried like any other. */
const UNKNOWN_TYPE = 'HostFailure';

/**
 * An application failure whatever came: a host may not pretend that the server timed out or terminated it.
 * `details[0]` is the remedy (`activities/failure.ts`); delays of its own choice are not for a host to set.
 */
export function keepFailure(failure: IFailure | null | undefined, maxCharacters: number): IFailure {
  const { message = '', applicationFailureInfo: info } = failure ?? {};
  const remedy = firstText(info?.details);
  return {
    message: printable(message ?? '', maxCharacters),
    applicationFailureInfo: {
      type: typeOf(info?.type ?? ''),
      nonRetryable: info?.nonRetryable === true,
      details: remedy === undefined ? null : textPayloads(printable(remedy, maxCharacters)),
    },
  };
}

function typeOf(type: string): string {
  return TYPE.test(type) ? type : UNKNOWN_TYPE;
}
