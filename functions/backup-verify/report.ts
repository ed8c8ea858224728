import type { Message } from '../../shared/job/message.ts';
import type { Measurement } from '../../shared/job/metrics.ts';
import type { RunRecord } from '../../shared/job/run-record.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import { type Finding, worstFirst } from '../../shared/verify/finding.ts';
import { isAnswered, valueIn } from './answer.ts';
import { lagOf } from './check-recovery-window.ts';
import { sharedWithStrangers } from './check-sharing.ts';
import { sizesOf } from './check-size.ts';
import type { VerifyRequest } from './event.ts';
import type { Facts } from './facts.ts';
import { isResting } from './instance-state.ts';
import { countOf, type Measured, measureFacts, undrilledSince } from './measure.ts';
import { type Lag, lagsSinceYesterday, type NightSizes, type Past, withRest, withTonight } from './past.ts';
import { reachVerdict, type Verdict } from './verdict.ts';

/** This job's part of the run record; a dry run answers it without keeping it. */
export interface VerifyReport {
  readonly kind: 'run';
  readonly verdict: Verdict;
  /** The worst first. */
  readonly findings: readonly Finding[];
  readonly measured: Measured;
  /** For the next run: it reads no other record than the newest. */
  readonly history: readonly NightSizes[];
  readonly lags: readonly Lag[];
  readonly sharedSnapshots: readonly string[];
  readonly undrilledSince: string | null;
  readonly restingAt: readonly string[];
  /** False where this run could not see what the one before left: the next one looks further back. */
  readonly knewThePast: boolean;
}

export interface Done {
  readonly request: VerifyRequest;
  readonly stage: string;
  readonly facts: Facts;
  readonly findings: readonly Finding[];
}

/** The run succeeds whatever it found; what it found is told where it is bad, or not what it was. */
export function reportRun(done: Done): Outcome<VerifyReport, Message | null> {
  const { request, stage, facts } = done;
  const measured = measureFacts(facts, request);
  const findings = worstFirst(done.findings);
  const past = valueIn(facts.past) ?? null;
  const lag = lagOf(facts);
  const report: VerifyReport = {
    kind: 'run',
    verdict: reachVerdict(facts, measured, findings),
    findings,
    measured,
    history: withTonight(past, sizesOf(facts)),
    lags: [...lagsSinceYesterday(past, new Date(facts.readAt)), ...(lag ? [lag] : [])],
    sharedSnapshots: sharedNow(facts, request, past),
    undrilledSince: undrilledSince(facts, request) ?? stillUndrilled(facts, past),
    restingAt: withRest(past?.restingAt ?? [], facts.readAt, isRestingNow(facts)),
    knewThePast: isAnswered(facts.past),
  };
  const news = newsOf(report, past);
  return {
    report,
    measurements: measure(report),
    message:
      news === null ? null : tell(report, news, { database: request.database, slot: request.slot, stage }),
  };
}

function isRestingNow(facts: Facts): boolean {
  const instance = valueIn(facts.instance);
  return instance ? isResting(instance) : false;
}

/** Where nobody could see whether a drill has succeeded, what was known before holds. */
function stillUndrilled({ drills }: Facts, past: Past | null): string | null {
  return isAnswered(drills) ? null : (past?.undrilledSince ?? null);
}

/** What was not asked again is not forgotten. */
function sharedNow(facts: Facts, request: VerifyRequest, past: Past | null): string[] {
  const unseen = facts.sharing.length === 0 || facts.sharing.some((answer) => valueIn(answer) === undefined);
  const found = sharedWithStrangers(facts, request);
  return [...new Set([...found, ...(unseen ? (past?.sharedSnapshots ?? []) : [])])];
}

function notPassed(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ status }) => status === 'fail' || status === 'warn')
    .map(({ status, check }) => `${status} ${check}`)
    .toSorted();
}

/** Why people are told; null where all is well, as it was. */
function newsOf({ verdict, findings, knewThePast }: VerifyReport, past: Past | null): string | null {
  if (!knewThePast) return 'What the run before found could not be seen.';
  if (!past) return 'This is the first verdict.';
  const before = new Set(past.notPassed);
  const now = notPassed(findings);
  const come = now.filter((one) => !before.has(one));
  const gone = past.notPassed.filter((one) => !now.includes(one));
  const since = `since the run of ${past.slot}, ${past.endedAt}`;
  if (verdict.kind !== past.kind) return `Changed ${since}: it was "${past.kind}".`;
  if (come.length + gone.length > 0) {
    const words = [...come.map((one) => `new: ${one}`), ...gone.map((one) => `over: ${one}`)];
    return `Changed ${since}: ${words.join('; ')}.`;
  }
  return verdict.ok ? null : `Unchanged ${since}.`;
}

function tell(
  { verdict, findings }: VerifyReport,
  news: string,
  { database, slot, stage }: { readonly database: string; readonly slot: string; readonly stage: string },
): Message {
  const [failed, warned] = [countOf(findings, 'fail'), countOf(findings, 'warn')];
  const counts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(warned > 0 ? [`${warned} warned`] : []),
  ].join(', ');
  return {
    subject: `Nightshift ${stage}: ${database} ${verdict.kind}${counts ? `, ${counts}` : ''}`,
    text: [
      `${database}: ${verdict.sentence}`,
      news,
      ...findings.filter(({ status }) => status !== 'pass').map(describeFinding),
      `${countOf(findings, 'pass')} of ${findings.length} checks passed. Slot ${slot}.`,
      ...(failed + warned > 0 ? ['Runbook: docs/runbooks/backup-verify.md'] : []),
    ].join('\n'),
  };
}

/** `- FAIL snapshot age: … (limit: 25 h) What to do.` */
function describeFinding({ check, status, fact, limit, advice }: Finding): string {
  const held = limit === null ? '' : ` (limit: ${limit})`;
  return `- ${status.toUpperCase()} ${check}: ${fact}${held}${advice === null ? '' : ` ${advice}`}`;
}

function measure({ verdict, findings, measured }: VerifyReport): Measurement[] {
  const known = (name: string, unit: Measurement['unit'], value: number | null): Measurement[] =>
    value === null ? [] : [{ name, unit, value }];
  return [
    { name: 'VerdictOk', unit: 'Count', value: verdict.ok ? 1 : 0 },
    { name: 'ChecksFailed', unit: 'Count', value: countOf(findings, 'fail') },
    { name: 'ChecksWarned', unit: 'Count', value: countOf(findings, 'warn') },
    ...known('BackupAgeHours', 'NoUnit', measured.backupAgeHours),
    ...known('RestorableLagSeconds', 'Seconds', measured.restorableLagSeconds),
    ...known('DrillDurationSeconds', 'Seconds', measured.drillSeconds),
    ...known('DrillAgeDays', 'NoUnit', measured.drillAgeDays),
  ];
}

/** What a record of these checks says to the next run; undefined where it is not one. */
export function pastOf(record: RunRecord<VerifyReport> | undefined): Past | undefined {
  const report = record?.report;
  if (!record || report?.kind !== 'run' || !Array.isArray(report.history) || !Array.isArray(report.lags)) {
    return undefined;
  }
  if (report.knewThePast === false) return undefined;
  return {
    slot: record.slot,
    endedAt: record.endedAt,
    kind: report.verdict.kind,
    notPassed: notPassed(report.findings),
    earliestRestorable: report.measured.earliestRestorable,
    history: report.history,
    lags: report.lags,
    sharedSnapshots: report.sharedSnapshots,
    undrilledSince: report.undrilledSince ?? null,
    restingAt: report.restingAt ?? [],
  };
}
