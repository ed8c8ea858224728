import { setTimeout as sleep } from 'node:timers/promises';
import { windowEnd } from '../../shared/config/window.ts';
import { type Acted, type ActingJob, act, followUp, type Pending } from './act.ts';
import type { Reach } from './job.ts';
import type { MaintenanceOutcome } from './outcome.ts';
import type { Action, Notice, Phase, Untouched } from './plan.ts';
import { planPhase } from './plan-phase.ts';
import { readServer } from './read-server.ts';

/** What a shift leaves to the next; it survives as JSON, and must stay small. */
export interface ShiftResult {
  readonly outcomes: readonly MaintenanceOutcome[];
  readonly pending: Pending | null;
  readonly isLeft: boolean;
  /** How empty indexes were, in percent, by id: nothing is read twice. */
  readonly measured: Readonly<Record<string, number>>;
  readonly untouched: readonly Untouched[];
  readonly notices: readonly Notice[];
  /** Of each, how many there were beside those that are named. */
  readonly unnamed: number;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
}

export interface Before {
  readonly phase: Phase;
  readonly tried: readonly string[];
  readonly checkedBytes: number;
  readonly pending: Pending | null;
  readonly measured: ShiftResult['measured'];
}

/** A checkpoint takes 256 KB. */
const mostOutcomes = 200;
const mostNamed = 60;

/** Does one thing after the other, each planned on what the database is then, until nothing is left or the time is up. */
export async function workShift(
  job: ActingJob,
  reach: Reach,
  before: Before,
  shiftEnds: number,
): Promise<ShiftResult> {
  const { settings, slot } = job.request;
  const until = untilOf(before.phase, settings, shiftEnds);
  const server = await reach.connect(readServer);
  const order = { slot, settings, major: server.major, checkSchema: server.checkSchema };
  const measured = new Map(Object.entries(before.measured));
  const outcomes: MaintenanceOutcome[] = [];
  let pending = before.pending;
  const take = (acted: Acted) => {
    pending = 'pending' in acted ? acted.pending : null;
    if ('outcome' in acted) outcomes.push(acted.outcome);
    // Of which nothing else is left to tell: the next plan has it.
    return 'part' in acted;
  };
  if (pending) take(await followUp(job, reach, pending, slot, until));
  for (;;) {
    const tried = [...before.tried, ...outcomes.map(({ id }) => id)];
    const checkedBytes = before.checkedBytes + bytesOf(outcomes);
    const plan = await reach.connect((client) =>
      planPhase(client, before.phase, {
        request: job.request,
        server,
        allocatedGiB: reach.allocatedGiB,
        ...{ measured, until, tried, checkedBytes },
      }),
    );
    const next = plan.actions.filter(({ id }) => !tried.includes(id) && id !== pending?.action.id);
    const mayGoOn = () => pending === null && Date.now() < until && outcomes.length < mostOutcomes;
    if (next.length === 0 || !mayGoOn()) {
      const kept = { outcomes, pending, isLeft: next.length > 0, measured: Object.fromEntries(measured) };
      return { ...kept, ...named(plan), endedAt: Date.now() };
    }
    for (const action of chunkOf(next, before.phase)) {
      if (!mayGoOn()) break;
      const beganAt = Date.now();
      if (take(await act(job, reach, action, order, until))) break;
      if (before.phase === 'integrity') await rest(settings.integrity.pauseMs, beganAt, until);
    }
  }
}

/** What belongs into the window begins nothing after its end. */
function untilOf(phase: Phase, { window }: ActingJob['request']['settings'], shiftEnds: number): number {
  return phase === 'vacuum' ? shiftEnds : Math.min(shiftEnds, windowEnd(window, new Date()) ?? shiftEnds);
}

/** No longer than the work took: small things are many. */
async function rest(longestMs: number, beganAt: number, until: number): Promise<void> {
  const now = Date.now();
  await sleep(Math.max(0, Math.min(longestMs, now - beganAt, until - now)));
}

/** Room on the disk is looked at anew for each index that is built. */
function chunkOf(actions: readonly Action[], phase: Phase): readonly Action[] {
  return phase === 'indexes' ? actions.slice(0, 1) : actions;
}

function bytesOf(outcomes: readonly MaintenanceOutcome[]): number {
  return outcomes
    .filter(({ kind }) => kind === 'check index' || kind === 'check table')
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

function named({
  untouched,
  notices,
}: {
  readonly untouched: readonly Untouched[];
  readonly notices: readonly Notice[];
}) {
  const unnamed = Math.max(0, untouched.length - mostNamed) + Math.max(0, notices.length - mostNamed);
  return { untouched: untouched.slice(0, mostNamed), notices: notices.slice(0, mostNamed), unnamed };
}
