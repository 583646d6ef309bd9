// Every cluster activity, as somebody calls it who can write in Temporal: each verb, attempt and condition on its own.
import type { ClusterActivities, MachineClaim, SealInput } from '../../../api/activities.ts';
import type { MachineKey } from '../../../api/names.ts';
import type { ConditionUpdate } from '../../../api/conditions.ts';

/** What is asked for, and for whom. */
export type Asked = { machine: MachineKey; claim: MachineClaim };
export type Call = { name: string; run: (activities: ClusterActivities, asked: Asked) => Promise<unknown> };

const told = (type: string, status: ConditionUpdate['status']): ConditionUpdate => ({
  type,
  status,
  reason: 'ByHand',
  message: 'said by hand',
});

type Run = Call['run'];
const seal =
  (order: Omit<SealInput, keyof Asked>): Run =>
  (activities, asked) =>
    activities.sealOrder({ ...asked, ...order });
const report =
  (...conditions: ConditionUpdate[]): Run =>
  (activities, { machine }) =>
    activities.reportConditions({ machine, conditions });
const ofAnother = ({ machine, claim }: Asked): Asked => ({ machine, claim: { ...claim, generation: 99 } });

/** By activity, so that one that is new has calls of its own before this compiles. */
const VARIANTS: { [A in keyof ClusterActivities]: Record<string, Run> } = {
  observeMachine: { '': (activities, { machine }) => activities.observeMachine({ machine }) },
  observeCleanup: { '': (activities, asked) => activities.observeCleanup(asked) },
  claimHost: { '': (activities, { machine }) => activities.claimHost({ machine }) },
  sealOrder: {
    install: seal({ verb: 'install' }),
    'install 99': seal({ verb: 'install', attempt: 99 }),
    join: seal({ verb: 'join' }),
    'join 99': seal({ verb: 'join', attempt: 99 }),
    drain: seal({ verb: 'drain' }),
    reset: seal({ verb: 'reset' }),
    'reset 99': seal({ verb: 'reset', attempt: 99 }),
    'reset keep-claim': seal({ verb: 'reset', keepClaim: true }),
    'reset and told': seal({
      verb: 'reset',
      conditions: [told('HostReset', 'True'), told('BootstrapSucceeded', 'False')],
    }),
    'reset owed': seal({ verb: 'reset', owed: true }),
    'join owed': seal({ verb: 'join', owed: true }),
  },
  reportConditions: {
    bootstrapped: report(told('BootstrapSucceeded', 'True')),
    'not bootstrapped': report(told('BootstrapSucceeded', 'Unknown')),
    failed: report(told('BootstrapSucceeded', 'False')),
    reset: report(told('HostReset', 'True')),
    'not ready': report(told('Ready', 'False')),
    passing: (activities, { machine }) =>
      activities.reportConditions({ machine, conditions: [told('HostReset', 'True')], passing: true }),
  },
  setProviderID: {
    '': (activities, asked) => activities.setProviderID(asked),
    'of another': (activities, asked) => activities.setProviderID(ofAnother(asked)),
    'and bootstrapped': (activities, asked) =>
      activities.setProviderID({ ...asked, conditions: [told('BootstrapSucceeded', 'True')] }),
  },
  setBlockMove: { put: (activities, { machine }) => activities.setBlockMove({ machine, blocked: true }) },
  deleteNode: {
    '': (activities, asked) => activities.deleteNode(asked),
    'of another': (activities, asked) => activities.deleteNode(ofAnother(asked)),
    'and told': (activities, asked) =>
      activities.deleteNode({ ...asked, conditions: [told('BootstrapSucceeded', 'False')] }),
  },
  releaseHost: {
    '': (activities, asked) => activities.releaseHost(asked),
    'without a claim': (activities, { machine }) => activities.releaseHost({ machine }),
  },
  reportCleanup: {
    '': (activities, asked) => activities.reportCleanup({ ...asked, conditions: [told('CleanedUp', 'True')] }),
  },
  settleCleanup: { '': (activities, asked) => activities.settleCleanup(asked) },
};

/** One activity after another, in the order of the table. */
export const CALLS: Call[] = Object.entries(VARIANTS).flatMap(([activity, variants]) =>
  Object.entries(variants).map(([variant, run]) => ({ name: `${activity} ${variant}`.trim(), run })),
);
