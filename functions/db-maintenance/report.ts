import type { Message } from '../../shared/job/message.ts';
import type { Measurement } from '../../shared/job/metrics.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import type { Ended } from './end-sessions.ts';
import type { DbMaintenanceRequest } from './event.ts';
import { fitting } from './fit.ts';
import { isBad, type MaintenanceOutcome } from './outcome.ts';
import { describeBytes, type Notice, type PhasePlan, type Untouched } from './plan.ts';
import type { EndPlan } from './plan-ends.ts';
import type { Night } from './work-night.ts';

export interface PlannedAction {
  readonly kind: string;
  readonly target: string;
  readonly reason: string;
  readonly bytes: number;
  readonly expectedSeconds: number | null;
}

/** What a dry run answers, in the order of the work; of each kind of work as much as a checkpoint takes. */
export interface PlanReport {
  readonly kind: 'plan';
  readonly actions: readonly PlannedAction[];
  readonly untouched: readonly Untouched[];
  readonly notices: readonly Notice[];
  /** How many more there are. */
  readonly unnamed: number;
}

/** Of many outcomes those that people should see first: `counts` has them all. */
export interface RunReport extends Night {
  readonly kind: 'run';
  /** How many ended so, by what was to be done: `{ vacuum: { done: 4_000 } }`. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface EndReport {
  readonly kind: 'sessions';
  /** Of a dry run, what would be ended. */
  readonly planned: readonly { readonly target: string; readonly reason: string }[];
  readonly outcomes: Ended['outcomes'];
  readonly untouched: Ended['untouched'];
}

export type DbMaintenanceReport = PlanReport | RunReport | EndReport;

type Asked = Pick<DbMaintenanceRequest, 'database' | 'slot'>;

/** A checkpoint takes 256 KB: of a plan in three phases, and of a run's report. */
const plannedBytes = 30_000;
const besideBytes = 15_000;
const outcomesBytes = 110_000;
const restBytes = 30_000;
const untold: Pick<Outcome<never>, 'measurements' | 'message'> = {
  measurements: [],
  message: { subject: '', text: '' },
};

export function reportPlan(plans: readonly PhasePlan[]): Outcome<PlanReport> {
  const few = <T>(pick: (plan: PhasePlan) => readonly T[], bytes: number) =>
    plans.flatMap((plan) => fitting(pick(plan), bytes));
  const [actions, untouched, notices] = [
    few((p) => p.actions, plannedBytes),
    few((p) => p.untouched, besideBytes),
    few((p) => p.notices, besideBytes),
  ];
  const all = plans.reduce((sum, p) => sum + p.actions.length + p.untouched.length + p.notices.length, 0);
  const planned = actions.map(({ kind, target, reason, bytes, expectedSeconds }) => ({
    ...{ kind, target, reason, bytes, expectedSeconds },
  }));
  const unnamed = all - actions.length - untouched.length - notices.length;
  return { ...untold, report: { kind: 'plan', actions: planned, untouched, notices, unnamed } };
}

export function reportEndPlan({ actions, untouched }: EndPlan): Outcome<EndReport> {
  const planned = actions.map(({ target, reason }) => ({ target, reason }));
  return { ...untold, report: { kind: 'sessions', planned, outcomes: [], untouched } };
}

export function reportEnds({ database, slot }: Asked, stage: string, ended: Ended): Outcome<EndReport> {
  const { outcomes, untouched } = ended;
  const lines = [
    ...outcomes.map(({ target, reason, ended: how }) => `${target}: ${how}. ${reason}.`),
    ...untouched.map(describeUntouched),
  ];
  const signalled = outcomes.filter(({ ended: how }) => how === 'cancelled' || how === 'terminated').length;
  return {
    report: { kind: 'sessions', planned: [], outcomes, untouched },
    measurements: [{ name: 'SessionsEnded', unit: 'Count', value: signalled }],
    message: {
      subject: `Nightshift ${stage}: ${database}: ${signalled} sessions ended, slot ${slot}`,
      text: lines.join('\n') || 'No session was over its limit.',
    },
  };
}

/** What a run of ending is to fail with; undefined where all that was asked for is done. */
export function failureOfEnds({ outcomes, untouched }: Ended): string | undefined {
  const lines = [
    ...outcomes
      .filter(({ ended }) => ended === 'did not heed it')
      .map(
        ({ target }) =>
          `${target} has not heeded pg_terminate_backend. Look what it waits for in pg_stat_activity.`,
      ),
    ...outcomes
      .filter(({ ended }) => ended === 'not known')
      .map(
        ({ target }) =>
          `${target} was signalled, and the connection broke before its end was seen: ask again, with a new label.`,
      ),
    ...untouched.filter(({ remedy }) => remedy !== null).map(describeUntouched),
  ];
  return lines.length === 0 ? undefined : `Not every session could be ended:\n${lines.join('\n')}`;
}

export function reportRun({ database, slot }: Asked, stage: string, night: Night): Outcome<RunReport> {
  return {
    report: shorten(night),
    measurements: measure(night),
    message: tell({ database, slot }, stage, night),
  };
}

/** The run's record is a step's result, too: what failed is kept, then what was done, as far as there is room. */
function shorten(night: Night): RunReport {
  const outcomes = fitting(byWeight(night.outcomes), outcomesBytes);
  const untouched = fitting(night.untouched, restBytes);
  const notices = fitting(night.notices, restBytes);
  const unnamed =
    night.unnamed +
    (night.outcomes.length - outcomes.length) +
    (night.untouched.length - untouched.length) +
    (night.notices.length - notices.length);
  return { kind: 'run', ...night, outcomes, untouched, notices, unnamed, counts: countAll(night.outcomes) };
}

/** What failed goes before what did not; else in the order of the work. */
function byWeight(outcomes: readonly MaintenanceOutcome[]): MaintenanceOutcome[] {
  return [...outcomes].sort((a, b) => Number(isBad(b)) - Number(isBad(a)));
}

function countAll(outcomes: readonly MaintenanceOutcome[]): RunReport['counts'] {
  const counts: Record<string, Record<string, number>> = {};
  for (const { kind, status } of outcomes) {
    const ofKind = counts[kind] ?? {};
    ofKind[status] = (ofKind[status] ?? 0) + 1;
    counts[kind] = ofKind;
  }
  return counts;
}

function measure({ outcomes, refused, notices, broken, ageDays }: Night): Measurement[] {
  const done = (kinds: readonly string[]) =>
    outcomes.filter(({ kind, status }) => status === 'done' && kinds.includes(kind)).length;
  const count = (name: string, value: number): Measurement => ({ name, unit: 'Count', value });
  return [
    count('TablesVacuumed', done(['vacuum', 'analyze'])),
    count('IndexesRebuilt', done(['rebuild index'])),
    { name: 'IndexBytesFreed', unit: 'Bytes', value: freedBytes(outcomes) },
    count('ObjectsChecked', done(['check index', 'check table'])),
    count('ObjectsDamaged', outcomes.filter(({ status }) => status === 'damaged').length),
    count('MaintenanceFailed', outcomes.filter(isBad).length + broken.length),
    count('MaintenanceRefused', refused),
    count('IndexesToReview', notices.length),
    ...(ageDays === undefined
      ? []
      : [
          count('UrgentMaintenanceRuns', 1),
          { name: 'MaintenanceAgeDays', unit: 'NoUnit' as const, value: ageDays },
        ]),
  ];
}

function freedBytes(outcomes: readonly MaintenanceOutcome[]): number {
  return outcomes
    .filter(({ kind, status }) => kind === 'rebuild index' && status === 'done')
    .reduce((sum, { before, after }) => sum + Math.max(0, (before.bytes ?? 0) - (after.bytes ?? 0)), 0);
}

function tell({ database, slot }: Asked, stage: string, night: Night): Message {
  const done = night.outcomes.filter(({ status }) => status === 'done').length;
  const freed = freedBytes(night.outcomes);
  const parts = [`${done} things done`, ...(freed > 0 ? [`${describeBytes(freed)} of indexes freed`] : [])];
  return {
    subject: `Nightshift ${stage}: ${database} maintained: ${parts.join(', ')}, slot ${slot}`,
    text: linesOf(night).join('\n') || 'Nothing needed to be done.',
  };
}

/** Bytes of lines in a message; SNS takes 256 KB. */
const linesBytes = 60_000;

function linesOf({ outcomes, untouched, notices, unnamed, unfinished }: Night): string[] {
  const sound = outcomes.filter(isSound);
  const lines = [
    ...byWeight(outcomes.filter((outcome) => !isSound(outcome))).map(describeOutcome),
    ...untouched.map(describeUntouched),
    ...notices.map(({ kind, target, reason, bytes, remedy }) =>
      [`${target}: ${kind}, ${describeBytes(bytes)}: ${reason}.`, remedy].filter(Boolean).join(' '),
    ),
    ...(sound.length > 0 ? [describeSound(sound)] : []),
  ];
  const few = fitting(lines, linesBytes);
  const more = lines.length - few.length + unnamed;
  return [
    ...few,
    ...(more > 0 ? [`And ${more} more.`] : []),
    ...(unfinished.length > 0
      ? [`The time did not suffice for: ${unfinished.join(', ')}. The next run goes on.`]
      : []),
  ];
}

/** Thousands, of each of which there is nothing to say. */
const isSound = ({ kind, status }: MaintenanceOutcome) =>
  status === 'done' && (kind === 'check table' || kind === 'check index');

function describeSound(sound: readonly MaintenanceOutcome[]): string {
  const bytes = sound.reduce((sum, outcome) => sum + outcome.bytes, 0);
  return `Looked through for damage, and sound: ${sound.length} tables and indexes, ${describeBytes(bytes)}.`;
}

/** `public.ix_age: rebuild index: done in 3 s, 120.0 MB before, 80.0 MB after: 40% …`. */
function describeOutcome({
  kind,
  target,
  status,
  reason,
  seconds,
  before,
  after,
  remedy,
}: MaintenanceOutcome): string {
  const what = `${target}: ${kind}: ${status} in ${seconds} s${describeChange(before, after)}: ${reason}.`;
  return remedy === null ? what : `${what} ${remedy}`;
}

function describeChange(before: MaintenanceOutcome['before'], after: MaintenanceOutcome['after']): string {
  if (before.deadRows !== undefined && after.deadRows !== undefined) {
    return `, ${before.deadRows} dead rows before, ${after.deadRows} after`;
  }
  if (typeof before.bytes !== 'number' || typeof after.bytes !== 'number') return '';
  return `, ${describeBytes(before.bytes)} before, ${describeBytes(after.bytes)} after`;
}

function describeUntouched({ target, reason, remedy }: Omit<Untouched, 'kind'>): string {
  return `${target}: left alone: ${reason}.${remedy === null ? '' : ` ${remedy}`}`;
}

/** What the run is to fail with at its end; undefined where nothing failed and nothing was refused. */
export function failureOf({ outcomes, untouched, refused: refusals, broken }: Night): string | undefined {
  const bad = outcomes.filter(isBad);
  const refused = untouched.filter(({ kind }) => kind === 'refuse');
  if (bad.length + refusals + broken.length === 0) return undefined;
  const damaged = bad.filter(({ status }) => status === 'damaged').length;
  const advice =
    damaged > 0
      ? `${damaged} of them are damaged: keep every backup, restore one beside (\`nightshift restore latest\`), and compare before anything is repaired.\n`
      : '';
  const lines = [
    ...broken.map(({ phase, reason }) => `The phase “${phase}” ended early: ${reason}`),
    ...bad.map(describeOutcome),
    ...refused.map(describeUntouched),
  ];
  const few = fitting(lines, linesBytes);
  const more = lines.length - few.length + refusals - refused.length;
  const rest = more > 0 ? `\nAnd ${more} more.` : '';
  const begun = broken.length > 0 ? 'What else was begun was done' : 'All else was done';
  return `${bad.length} parts of the maintenance failed, ${refusals} could not be begun. ${begun}.\n${advice}${few.join('\n')}${rest}`;
}
