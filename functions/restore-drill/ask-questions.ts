import { describeAwsError, isTransient } from '../../shared/aws/errors.ts';
import { findExportOfSnapshot } from '../../shared/export/exported-tables.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import { once } from '../../shared/job/once.ts';
import { databaseOf } from '../../shared/postgres/connect-job.ts';
import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import { countStatus, type Finding } from '../../shared/verify/finding.ts';
import { readBaseline } from './baseline.ts';
import type { DrillJob } from './job.ts';
import type { RestoreAction } from './plan.ts';
import type { Answer, Asking, Question } from './questions/asking.ts';
import { compareWithExport } from './questions/compare-with-export.ts';
import { allQuestions } from './questions/questions.ts';
import { type Connect, connectTo } from './sign-in.ts';
import { keepCounts } from './table-counts.ts';
import { withinPatience } from './within-patience.ts';

export interface Answers {
  readonly findings: readonly Finding[];
  /** Where it is kept how many rows each table had; null where that was not asked. */
  readonly countsKey: string | null;
  /** ISO 8601: when the last one was answered. */
  readonly endedAt: string;
}

/** So much of an invocation may be gone when a question begins. */
const freshSeconds = 60;

/** Asks every question that the config asks, each in a step of its own. What cannot be asked is a failure that is found. */
export async function askQuestions(
  job: DrillJob,
  restore: RestoreAction,
  instance: InstanceFact,
  connectedAt: string,
): Promise<Answers> {
  const { questions } = job.request.settings;
  const baseline = once(() => readBaseline(job, restore));
  const findings: Finding[] = [];
  let countsKey: string | null = null;
  let [endedAt, used] = [connectedAt, 0];
  for (const question of allQuestions.filter((each) => each.isAsked(questions))) {
    // Whoever waits gets a new invocation, and with it 15 minutes. Counted from answers alone, so that replays agree.
    if (used > freshSeconds) await job.sleep(`before asking: ${question.name}`, 1);
    const answer = await job.step(`ask: ${question.name}`, () =>
      ask(job, question, connectTo(job, instance), async (connect, secondsLeft) => ({
        connect,
        secondsLeft,
        questions,
        source: { databaseName: databaseOf(job).databaseName, restoredTo: new Date(restore.restoredTo) },
        baseline: await baseline(),
        exported: question === compareWithExport ? await findExport(job, restore) : null,
      })),
    );
    findings.push(...answer.findings);
    countsKey = answer.countsKey ?? countsKey;
    endedAt = answer.endedAt;
    used = used > freshSeconds ? answer.seconds : used + answer.seconds;
  }
  return { findings, countsKey, endedAt };
}

/** Of a moment there is no export. */
async function findExport({ aws, names, request }: DrillJob, { snapshot }: RestoreAction) {
  if (snapshot === null) return null;
  const where = { s3: aws.s3, bucket: names.backupBucket, database: request.database };
  return findExportOfSnapshot(where, snapshot);
}

/** What a step keeps must be small: of counts it keeps where they are. */
interface Timed extends Pick<Answer, 'findings'> {
  readonly countsKey: string | null;
  readonly seconds: number;
  readonly endedAt: string;
}

type Prepare = (connect: Connect, secondsLeft: () => number) => Promise<Asking>;

/** A connection that was lost is opened once more, for the whole question. */
async function ask(job: DrillJob, question: Question, connect: Connect, prepare: Prepare): Promise<Timed> {
  const { log } = job;
  const startedAt = Date.now();
  log.info('Asking', { question: question.name });
  const answer = await withinPatience(connect, async (bounded, secondsLeft) =>
    question.ask(await prepare(bounded, secondsLeft)),
  ).catch((error: unknown) => couldNotBeAsked(question, error));
  const seconds = Math.round((Date.now() - startedAt) / 100) / 10;
  const failed = countStatus(answer.findings, 'fail');
  const warned = countStatus(answer.findings, 'warn');
  log.info('Question answered', { question: question.name, seconds, failed, warned });
  return {
    findings: answer.findings.map((finding) => ({ seconds, ...finding })),
    countsKey: answer.counts?.length ? await keepCounts(job, answer.counts) : null,
    seconds,
    endedAt: new Date().toISOString(),
  };
}

function couldNotBeAsked({ name }: Question, error: unknown): Answer {
  const reason = error instanceof NightshiftError ? error.message : describeAwsError(error);
  const advice = isTransient(error)
    ? 'The connection was lost twice. Start the drill again: where it is lost at the same question each time, what it reads may bring the server down, as damage does: restore the same backup with `nightshift restore`, ask it by hand, and see its log.'
    : 'Mend what stood in the way, then start the drill again: this says nothing of the backup.';
  return {
    findings: [
      {
        check: name,
        status: 'fail',
        fact: `could not be asked: ${reason}`,
        limit: null,
        advice,
      },
    ],
  };
}
