// A failure of a host, as it may stand in a history: message, reason, remedy, steps. Stacks, causes and sources stay outside.
import type { temporal } from '@temporalio/proto';
import { z } from 'zod';
import { FailureSteps } from '../../api/report/operation-result.ts';
import { printable } from '../../common/errors.ts';
import type { TemporalLimits } from './limits.ts';
import { keepValues } from './payloads.ts';
import type { WireMessage } from './wire-message.ts';

type IFailure = temporal.api.failure.v1.IFailure;

/** Field numbers of Failure and ApplicationFailureInfo. */
const FAILURE = { message: 1, applicationInfo: 5 };
const APPLICATION = { type: 1, nonRetryable: 2, details: 3 };

/** Reasons of ours and error names of the SDK look like this. */
const TYPE = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
/** For a failure without a type of that form; retried like any other. */
const UNKNOWN_TYPE = 'HostFailure';

/**
 * An application failure whatever came: a host may not pretend that the server timed out or terminated it.
 * `details[0]` is the remedy, `details[1]` how far the operation came (`activities/failure.ts`); delays of its own choice are not for a host to set.
 */
export function keepFailure(failure: WireMessage | undefined, limits: TemporalLimits): IFailure {
  const info = failure?.message(FAILURE.applicationInfo);
  const type = info?.text(APPLICATION.type) ?? '';
  return {
    message: printable(failure?.text(FAILURE.message) ?? '', limits.messageCharacters),
    applicationFailureInfo: {
      type: TYPE.test(type) ? type : UNKNOWN_TYPE,
      nonRetryable: info?.flag(APPLICATION.nonRetryable) ?? false,
      details: keepValues(info?.message(APPLICATION.details), [
        {
          schema: z.string().transform((text) => printable(text, limits.messageCharacters)),
          maxBytes: limits.requestBytes,
          what: 'a remedy',
        },
        { schema: FailureSteps, maxBytes: limits.resultBytes, what: 'the steps of a failure' },
      ]),
    },
  };
}
