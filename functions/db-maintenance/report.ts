import type { Message } from '../../shared/job/message.ts';
import type { Measurement } from '../../shared/job/metrics.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import type { Ended } from './end-sessions.ts';
import type { DbMaintenanceRequest } from './event.ts';
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

/** What a dry run answers, in the order of the work; of each kind of work the first hundred. */
export interface PlanReport {
  readonly kind: 'plan';
  readonly actions: readonly PlannedAction[];
  readonly untouched: readonly Untouched[];
  readonly notices: readonly Notice[];
  /** How many more there are. */
  readonly unnamed: number;
}

export interface RunReport extends Night {
  readonly kind: 'run';
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

const mostPlanned = 100;
const untold: Pick<Outcome<never>, 'measurements' | 'message'> = {
  measurements: [],
  message: { subject: '', text: '' },
};

export function reportPlan(plans: readonly PhasePlan[]): Outcome<PlanReport> {
  const few = <T>(pick: (plan: PhasePlan) => readonly T[]) =>
    plans.flatMap((plan) => pick(plan).slice(0, mostPlanned));
  const [actions, untouched, notices] = [
    few((p) => p.actions),
    few((p) => p.untouched),
    few((p) => p.notices),
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
    report: { kind: 'run', ...night },
    measurements: measure(night),
    message: tell({ database, slot }, stage, night),
  };
}

function measure({ outcomes, untouched, notices }: Night): Measurement[] {
  const done = (kinds: readonly string[]) =>
    outcomes.filter(({ kind, status }) => status === 'done' && kinds.includes(kind)).length;
  const count = (name: string, value: number): Measurement => ({ name, unit: 'Count', value });
  return [
    count('TablesVacuumed', done(['vacuum', 'analyze'])),
    count('IndexesRebuilt', done(['rebuild index'])),
    { name: 'IndexBytesFreed', unit: 'Bytes', value: freedBytes(outcomes) },
    count('ObjectsChecked', done(['check index', 'check table'])),
    count('ObjectsDamaged', outcomes.filter(({ status }) => status === 'damaged').length),
    count('MaintenanceFailed', outcomes.filter(isBad).length),
    count('MaintenanceRefused', untouched.filter(({ kind }) => kind === 'refuse').length),
    count('IndexesToReview', notices.length),
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

const mostLines = 200;

function linesOf({ outcomes, untouched, notices, unnamed, unfinished }: Night): string[] {
  const lines = [
    ...outcomes.map(describeOutcome),
    ...untouched.map(describeUntouched),
    ...notices.map(({ kind, target, reason, bytes, remedy }) =>
      [`${target}: ${kind}, ${describeBytes(bytes)}: ${reason}.`, remedy].filter(Boolean).join(' '),
    ),
  ];
  const more = Math.max(0, lines.length - mostLines) + unnamed;
  return [
    ...lines.slice(0, mostLines),
    ...(more > 0 ? [`And ${more} more.`] : []),
    ...(unfinished.length > 0
      ? [`The time did not suffice for: ${unfinished.join(', ')}. The next run goes on.`]
      : []),
  ];
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
}: MaintenanceOutcome): string {
  return `${target}: ${kind}: ${status} in ${seconds} s${describeChange(before, after)}: ${reason}.`;
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
export function failureOf({ outcomes, untouched }: Night): string | undefined {
  const bad = outcomes.filter(isBad);
  const refused = untouched.filter(({ kind }) => kind === 'refuse');
  if (bad.length + refused.length === 0) return undefined;
  const damaged = bad.filter(({ status }) => status === 'damaged').length;
  const advice =
    damaged > 0
      ? `${damaged} of them are damaged: keep every backup, restore one beside (\`nightshift restore latest\`), and compare before anything is repaired.\n`
      : '';
  const lines = [...bad.map(describeOutcome), ...refused.map(describeUntouched)].slice(0, mostLines);
  return `${bad.length} parts of the maintenance failed, ${refused.length} could not be begun. All else was done.\n${advice}${lines.join('\n')}`;
}
