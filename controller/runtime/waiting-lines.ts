// The machines that wait for a host, one line for each namespace: who is offered one, and who is told anew why there is none.
// Worked out once for however many changes, and as seldom as it may be: a thousand may wait, and one host is freed.
import { idOf } from '../../common/kube/envelopes.ts';
import type { Competition } from '../../activities/cluster/claim/decide-claim.ts';
import { decideLine, type Waiting } from '../machine/decide-offers.ts';
import { describeStanding, type Standing } from '../machine/standing.ts';

export type WaitingLinesOptions = {
  /** What competes for the hosts of a namespace, as it is known. */
  competitionIn: (namespace: string) => Competition;
  /** Has the machine of that id reconciled. */
  announce: (id: string) => void;
};

/** Between two looks at a line, at least and at most; between the two, they take a twentieth of the time. */
const PASS_MS = 100;
const LONGEST_MS = 1000;
const SHARE = 20;

/** So many are told anew, with each look at a line, of what has become of the hosts without being offered one: ten a second. */
const TOLD_IN_A_PASS = 1;

/** So many at the head of a line are told who claims what; those behind them, what people do with the hosts. */
const HEAD = 10;

type Line = {
  offers: ReadonlyMap<string, string | undefined>;
  /** By incarnation: of which standing of the hosts it is told. */
  told: Map<string, string>;
  standing: Standing;
  passedMs: number;
  /** Until the next look at it. */
  restMs: number;
  timer?: NodeJS.Timeout | undefined;
};

export class WaitingLines {
  readonly #options: WaitingLinesOptions;
  readonly #lines = new Map<string, Line>();

  constructor(options: WaitingLinesOptions) {
    this.#options = options;
  }

  /** Something has changed by which somebody in the namespace may be offered a host, or be none any more. */
  touch(namespace: string | undefined): void {
    const line = this.#lines.get(namespace ?? '');
    // Nobody has asked yet, or a look at the line is due already: that one will see it.
    if (namespace === undefined || !line || line.timer) return;
    this.#passIn(namespace, line, line.passedMs + line.restMs - performance.now());
  }

  /** Name of the host that the machine would be given if it asked now. */
  offerOf(namespace: string, incarnation: string): string | undefined {
    return this.#lineOf(namespace).offers.get(incarnation);
  }

  /** Of which standing of the hosts the machine is to be told, as text to be compared. */
  asideOf(namespace: string, incarnation: string): string {
    const { told, standing } = this.#lineOf(namespace);
    const known = told.get(incarnation);
    if (known === undefined) told.set(incarnation, standing.people);
    return known ?? standing.people;
  }

  stop(): void {
    for (const { timer } of this.#lines.values()) clearTimeout(timer);
  }

  #lineOf(namespace: string): Line {
    const known = this.#lines.get(namespace);
    if (known) return known;
    const standing = { people: '', all: '' };
    const line: Line = { offers: new Map(), told: new Map(), standing, passedMs: -Infinity, restMs: 0 };
    this.#lines.set(namespace, line);
    this.#pass(namespace, line);
    return line;
  }

  #passIn(namespace: string, line: Line, ms: number): void {
    line.timer = setTimeout(
      () => {
        line.timer = undefined;
        this.#pass(namespace, line);
      },
      Math.max(0, ms),
    );
    line.timer.unref();
  }

  #pass(namespace: string, line: Line): void {
    line.passedMs = performance.now();
    const begun = process.threadCpuUsage();
    const competition = this.#options.competitionIn(namespace);
    const waiting = decideLine(competition);
    if (waiting.length > 0) line.standing = describeStanding(competition.hosts);
    const { told, due, isLater } = decideTold(waiting, line);
    const offers = new Map(waiting.map(({ incarnation, offer }) => [incarnation, offer]));
    const offered = waiting.filter(({ incarnation, offer }) => line.offers.get(incarnation) !== offer);
    Object.assign(line, { told, offers, restMs: restAfter(process.threadCpuUsage(begun)) });
    for (const name of new Set([...offered, ...due].map((one) => one.name))) {
      this.#options.announce(idOf({ namespace, name }));
    }
    if (isLater) this.#passIn(namespace, line, line.restMs);
  }
}

/** By CPU, not by the clock: on a busy machine a look lasts longer without costing more. */
function restAfter({ user, system }: NodeJS.CpuUsage): number {
  return Math.min(LONGEST_MS, Math.max(PASS_MS, (SHARE * (user + system)) / 1000));
}

type Told = { told: Map<string, string>; due: Waiting[]; isLater: boolean };

/** Who is told anew now, first come first served; whoever has only just come was told, or is about to be. */
function decideTold(waiting: readonly Waiting[], { told: before, standing }: Pick<Line, 'told' | 'standing'>): Told {
  const told = new Map<string, string>();
  const due: Waiting[] = [];
  let isLater = false;
  for (const [place, one] of waiting.entries()) {
    const known = before.get(one.incarnation);
    const now = place < HEAD ? standing.all : standing.people;
    const isStale = known !== undefined && known !== now;
    const isDue = isStale && due.length < TOLD_IN_A_PASS;
    if (isDue) due.push(one);
    isLater ||= isStale && !isDue;
    told.set(one.incarnation, isStale && !isDue ? known : now);
  }
  return { told, due, isLater };
}
