import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '../../shared/aws/errors.ts';
import { windowEnd } from '../../shared/config/window.ts';
import { type Acted, type ActingJob, act, followUp, type Pending } from './act.ts';
import type { ServerFact } from './facts.ts';
import { fitting, sizeOf } from './fit.ts';
import type { Reach } from './job.ts';
import type { MaintenanceOutcome } from './outcome.ts';
import type { Action, Notice, Phase, PhasePlan, Untouched } from './plan.ts';
import { planPhase } from './plan-phase.ts';
import { readServer } from './read-server.ts';
import { checkMarginMs } from './send.ts';

/** What a shift leaves to the next; it survives as JSON, and must stay small. */
export interface ShiftResult {
  readonly outcomes: readonly MaintenanceOutcome[];
  readonly pending: Pending | null;
  readonly isLeft: boolean;
  /** Why it ended early; what was found before is kept. */
  readonly broken: Broken | null;
  /** How empty indexes were, in percent, by id: nothing is read twice. */
  readonly measured: Readonly<Record<string, number>>;
  /** Those that are refused first. */
  readonly untouched: readonly Untouched[];
  /** How many were refused, also of those that are not named. */
  readonly refused: number;
  readonly notices: readonly Notice[];
  /** Of both, how many there were beside those that are named. */
  readonly unnamed: number;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
}

export interface Broken {
  readonly reason: string;
  /** Whether the same may go well later. */
  readonly isPassing: boolean;
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
const outcomesBytes = 110_000;
const namedBytes = 40_000;

interface Shift {
  readonly outcomes: MaintenanceOutcome[];
  readonly measured: Map<string, number>;
  pending: Pending | null;
  plan: PhasePlan;
  isLeft: boolean;
  broken: Broken | null;
}

/**
 * Does one thing after the other, each planned on what the database is then, until nothing is left or the time is up.
 * Where the server is not to be had in between, it answers what it has. Throws nothing.
 */
export async function workShift(
  job: ActingJob,
  reach: Reach,
  before: Before,
  shiftEnds: number,
): Promise<ShiftResult> {
  const until = untilOf(before.phase, job.request.settings, shiftEnds);
  const shift: Shift = {
    outcomes: [],
    measured: new Map(Object.entries(before.measured)),
    pending: before.pending,
    plan: { actions: [], untouched: [], notices: [] },
    isLeft: true,
    broken: null,
  };
  try {
    await work(shift, job, reach, { ...before, until });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    shift.broken = { reason, isPassing: isTransient(error) };
  }
  const { outcomes, pending, isLeft, broken } = shift;
  const measured = Object.fromEntries(shift.measured);
  return { outcomes, pending, isLeft, broken, measured, ...named(shift.plan), endedAt: Date.now() };
}

async function work(
  shift: Shift,
  job: ActingJob,
  reach: Reach,
  before: Before & { readonly until: number },
): Promise<void> {
  const { phase, until } = before;
  const { settings, slot } = job.request;
  const server = await reach.connect(readServer);
  const order = { slot, settings, major: server.major, checkSchema: server.checkSchema };
  // Begun after that, looks at tables would be one range each, and no rest between them.
  const lastBegin = phase === 'integrity' ? until - checkMarginMs : until;
  const mayGoOn = () =>
    shift.broken === null && shift.pending === null && Date.now() < lastBegin && hasRoom(shift);
  for (;;) {
    // Of an earlier shift, of a run that was killed, or cut off from us a moment ago.
    if (shift.pending) take(shift, await followUp(job, reach, shift.pending, slot, until));
    if (shift.broken) return;
    const next = await planNext(shift, job, reach, { ...before, server });
    if (next.length === 0 || !mayGoOn()) return;
    for (const action of chunkOf(next, phase)) {
      if (!mayGoOn()) break;
      const beganAt = Date.now();
      if (take(shift, await act(job, reach, action, order, until)) === 'plan anew') break;
      if (phase === 'integrity') await rest(settings.integrity.pauseMs, beganAt, until);
    }
  }
}

/** What was not tried yet in this run. */
async function planNext(
  shift: Shift,
  { request }: ActingJob,
  { connect, allocatedGiB }: Reach,
  before: Before & { readonly until: number; readonly server: ServerFact },
): Promise<readonly Action[]> {
  const { phase, server, until } = before;
  const { measured, outcomes, pending } = shift;
  const tried = [...before.tried, ...outcomes.map(({ id }) => id)];
  const checkedBytes = before.checkedBytes + bytesOf(outcomes);
  const order = { request, server, allocatedGiB, measured, until, tried, checkedBytes };
  shift.plan = await connect((client) => planPhase(client, phase, order));
  const done = new Set(tried);
  const next = shift.plan.actions.filter(({ id }) => !done.has(id) && id !== pending?.action.id);
  shift.isLeft = next.length > 0;
  return next;
}

function take(shift: Shift, acted: Acted): 'go on' | 'plan anew' {
  shift.pending = 'pending' in acted ? acted.pending : null;
  if ('broken' in acted && acted.broken !== undefined)
    shift.broken = { reason: acted.broken, isPassing: true };
  if ('outcome' in acted) shift.outcomes.push(acted.outcome);
  // Of a part nothing else is left to tell: the next plan has it.
  return 'part' in acted ? 'plan anew' : 'go on';
}

function hasRoom({ outcomes }: Shift): boolean {
  return outcomes.length < mostOutcomes && sizeOf(outcomes) < outcomesBytes;
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

function named({ untouched, notices }: PhasePlan) {
  const refused = untouched.filter(({ kind }) => kind === 'refuse');
  const others = untouched.filter(({ kind }) => kind !== 'refuse');
  const few = fitting([...refused, ...others], namedBytes);
  const fewNotices = fitting(notices, namedBytes);
  const unnamed = untouched.length - few.length + notices.length - fewNotices.length;
  return { untouched: few, refused: refused.length, notices: fewNotices, unnamed };
}
