// Whether hosts may still register by an enrollment: the condition `Open`, and when to look again.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoHostEnrollment } from '../../api/byo-host-enrollment.ts';
import { ENROLLMENT_CONDITIONS, ENROLLMENT_REASONS, type ConditionUpdate } from '../../api/conditions.ts';
import { ENROLLMENT_SECRET_TYPE, enrollmentSecretOf } from '../../api/names.ts';
import type { Reason } from '../../api/reasons/reason.ts';
import { describeRevoked, isRevoked } from '../../common/claim/host-rules.ts';
import type { StatusWish } from '../runtime/apply-status.ts';

export type OpenSituation = {
  enrollment: ByoHostEnrollment;
  /** What stands in place of its Secret: nobody may watch Secrets, so it is looked at now and then. */
  secret: 'good' | 'missing' | 'unusable';
  /** The host that `spec.replaceHost` names, if it is there. */
  replaced?: ByoHost | undefined;
  now: Date;
};

/** `againInMs`: at the end of the token, and before it as often as Secret and host are worth a look. */
export type OpenDecision = { status: StatusWish; againInMs?: number };

const LOOK_MS = 60_000;

/** Pure. */
export function decideOpen(situation: OpenSituation): OpenDecision {
  const { enrollment, now } = situation;
  const { admitted = [], expiresAt, hosts } = enrollment.spec;
  const used = admitted.length;
  const left = Date.parse(expiresAt) - now.getTime();
  const why = whyClosed(situation, left);
  const condition: ConditionUpdate = why
    ? { type: ENROLLMENT_CONDITIONS.open, status: 'False', ...why }
    : {
        type: ENROLLMENT_CONDITIONS.open,
        status: 'True',
        reason: ENROLLMENT_REASONS.open,
        message: `${hosts - used} of ${hosts} registrations are left until ${expiresAt}`,
      };
  const status = { fields: { used }, conditions: [condition] };
  // Nothing but a change of its own object can open it again, and that is heard.
  if (left <= 0 || used >= hosts) return { status };
  return { status, againInMs: Math.min(left, LOOK_MS) };
}

function whyClosed({ enrollment, secret, replaced }: OpenSituation, left: number): Reason | undefined {
  const { metadata, spec } = enrollment;
  const { admitted = [], hosts, expiresAt } = spec;
  const again = 'make another one with `byo enroll create`';
  if (admitted.length >= hosts) {
    return { reason: ENROLLMENT_REASONS.used, message: `all of its ${hosts} registrations are used; ${again}` };
  }
  if (left <= 0) return { reason: ENROLLMENT_REASONS.expired, message: `the token ended at ${expiresAt}; ${again}` };
  if (secret === 'good') return whyRevoked(enrollment, replaced);
  const name = enrollmentSecretOf(metadata.name);
  const fault = secret === 'missing' ? 'is not there' : `holds no token of type ${ENROLLMENT_SECRET_TYPE}`;
  return { reason: ENROLLMENT_REASONS.secretMissing, message: `Secret ${name} ${fault}; ${again}` };
}

function whyRevoked({ spec }: ByoHostEnrollment, replaced: ByoHost | undefined) {
  if (!replaced || spec.replaceRevoked || !isRevoked(replaced)) return undefined;
  const { message, remedy } = describeRevoked(replaced);
  return { reason: ENROLLMENT_REASONS.hostRevoked, message: `${message}. ${remedy}` };
}
