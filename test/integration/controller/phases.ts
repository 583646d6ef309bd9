// The phases of a machine's life, and what each activity may be asked for in them.

export const GENERATION = 3;

/** What the host says of itself in a phase. */
type Said = { operation?: string; state?: string; open?: boolean; generation?: number };

/** How the objects differ from a machine that waits, in the order in which it would come about. */
export type Phase = {
  /** Another machine's, a debt, or this machine's claim. */
  holds?: 'claim' | 'another' | 'owed';
  said?: Said;
  prepared?: boolean;
  bootstrapped?: boolean;
  deleting?: boolean;
  paused?: boolean;
  leaving?: boolean;
  gone?: boolean;
  /** Calls that are the workflow's business then. */
  may: string[];
};

const JOINED: Said = { operation: 'join', state: 'Succeeded', open: true };
const READY = { holds: 'claim', said: JOINED, prepared: true, bootstrapped: true } as const;
const INSTALLS = ['sealOrder install', 'sealOrder install 99'];
const TAKEN_BACK = ['sealOrder reset', 'sealOrder reset 99', 'sealOrder reset and told'];
const SAID = ['reportConditions not bootstrapped', 'reportConditions failed'];
const ALWAYS = ['observeMachine', 'observeCleanup'];

export const PHASES: Record<string, Phase> = {
  waiting: { may: [...SAID] },
  claimed: { holds: 'claim', may: [...INSTALLS, ...SAID, 'setBlockMove put', 'claimHost'] },
  preparing: {
    holds: 'claim',
    said: { operation: 'install/v1.36.3', state: 'Running', open: true },
    may: [...INSTALLS, ...SAID, 'setBlockMove put', 'claimHost', 'setProviderID', 'sealOrder reset keep-claim'],
  },
  bootstrapping: {
    holds: 'claim',
    said: { operation: 'join', state: 'Running', open: true },
    prepared: true,
    may: [...INSTALLS, ...SAID, 'setBlockMove put', 'claimHost', 'setProviderID', 'sealOrder join'],
  },
  'bootstrapping failed': {
    holds: 'claim',
    said: { operation: 'join', state: 'Failed', open: true },
    prepared: true,
    may: [
      ...INSTALLS,
      ...SAID,
      'setBlockMove put',
      'claimHost',
      'setProviderID',
      'sealOrder join',
      'sealOrder reset keep-claim',
    ],
  },
  ready: {
    ...READY,
    may: ['claimHost', 'setProviderID', 'setProviderID and bootstrapped', 'reportConditions bootstrapped'],
  },
  'ready, paused': { ...READY, paused: true, may: ['claimHost', 'reportConditions bootstrapped'] },
  deleting: {
    ...READY,
    deleting: true,
    may: [
      ...TAKEN_BACK,
      'claimHost',
      'sealOrder drain',
      'setBlockMove put',
      'deleteNode',
      'deleteNode and told',
      'reportConditions bootstrapped',
      'reportConditions reset',
      'reportConditions passing',
    ],
  },
  'deleting, paused': {
    ...READY,
    deleting: true,
    paused: true,
    may: ['claimHost', 'reportConditions bootstrapped', 'reportConditions reset', 'reportConditions passing'],
  },
  'deleting, reset': {
    ...READY,
    said: { generation: GENERATION, operation: 'reset', state: 'Succeeded' },
    deleting: true,
    may: [
      ...TAKEN_BACK,
      'claimHost',
      'sealOrder drain',
      'setBlockMove put',
      'deleteNode',
      'deleteNode and told',
      'reportConditions bootstrapped',
      'reportConditions reset',
      'reportConditions passing',
      'releaseHost',
      'releaseHost without a claim',
    ],
  },
  'leaving by clusterctl move': {
    ...READY,
    deleting: true,
    leaving: true,
    may: ['claimHost', 'reportConditions bootstrapped', 'reportConditions reset', 'reportConditions passing'],
  },
  'gone, and the host is held by another': { holds: 'another', said: JOINED, gone: true, may: [] },
  'gone, and a clean-up is owed': {
    holds: 'owed',
    said: JOINED,
    gone: true,
    may: ['sealOrder reset owed', 'reportCleanup'],
  },
  'gone, and the clean-up is done': {
    holds: 'owed',
    said: { generation: GENERATION, operation: 'reset', state: 'Succeeded' },
    gone: true,
    may: ['sealOrder reset owed', 'reportCleanup', 'settleCleanup'],
  },
};
for (const phase of Object.values(PHASES)) phase.may.push(...ALWAYS);
