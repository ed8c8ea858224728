import { drillIdentifier, isDrillOf } from '../../shared/restore/drill-instance.ts';
import { followRestore } from '../../shared/restore/follow-restore.ts';
import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import { removeInstance } from '../../shared/restore/remove-instance.ts';
import { startRestore } from '../../shared/restore/start-restore.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { askQuestions } from './ask-questions.ts';
import { type Course, notBegun, type SafetySnapshot } from './course.ts';
import type { DrillJob } from './job.ts';
import type { RestorePlan } from './plan.ts';
import { isRecoveryOf } from './recovery-instance.ts';
import { takeSafetySnapshot } from './safety-snapshot.ts';
import { waitForConnection } from './wait-for-connection.ts';

/** The changing form of a course, while it runs. */
type Running = { -readonly [Key in keyof Course]: Course[Key] } & { findings: Finding[] };

/**
 * Restores, asks, and removes, whatever happens in between. Nothing is thrown: what goes wrong is a finding, and what
 * was found before it is kept.
 */
export async function runRestore(job: DrillJob, plan: RestorePlan): Promise<Course> {
  const course: Running = { ...notBegun, findings: [] };
  if (plan.leftover) await attempt(course, 'leftover', () => remove(job, plan, 'remove the leftover'));
  if (plan.safety) course.safety = await takeSafety(job, course, plan.safety.target);
  if (course.findings.some(({ status }) => status === 'fail')) return course;
  await restoreAndAsk(job, plan, course);
  if (plan.removal) {
    const removedAt = await attempt(course, 'deletion', () => remove(job, plan, 'delete the instance'));
    course.removedAt = removedAt ?? null;
  }
  return course;
}

async function restoreAndAsk(job: DrillJob, plan: RestorePlan, course: Running): Promise<void> {
  const available = await attempt(course, 'restore', async () => {
    const { beganAt } = await start(job, plan);
    course.beganAt = beganAt;
    return follow(job, plan);
  });
  if (!available) return;
  course.instance = available.instance;
  course.availableAt = available.availableAt;
  const connectedAt = await attempt(course, 'connection', () => waitForConnection(job, available.instance));
  if (!connectedAt) return;
  course.connectedAt = connectedAt;
  const answers = await attempt(course, 'questions', () =>
    askQuestions(job, plan.restore, available.instance, connectedAt),
  );
  if (!answers) return;
  course.findings.push(...answers.findings);
  course.countsKey = answers.countsKey;
  course.askedAt = answers.endedAt;
}

/** Answers undefined where the work threw, which is then a finding. */
async function attempt<T>(
  course: Running,
  check: string,
  work: () => Promise<T>,
  status: Finding['status'] = 'fail',
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    course.findings.push({ check, status, fact, limit: null, advice: null });
    return undefined;
  }
}

/** In an emergency the restore comes first: what stands in the way of a snapshot does not stand in the way of it. */
async function takeSafety(job: DrillJob, course: Running, target: string): Promise<SafetySnapshot | null> {
  const taken = await attempt(course, 'safety snapshot', () => takeSafetySnapshot(job, target), 'warn');
  return taken ?? null;
}

const isOwn = (job: DrillJob) => (instance: InstanceFact) => {
  const { stage, request } = job;
  const parts = { stage, database: request.database, slot: request.slot };
  return request.keptAs === null ? isDrillOf(instance, parts) : isRecoveryOf(instance, parts);
};

function start(job: DrillJob, { restore }: RestorePlan) {
  return job.step('start the restore', async () => {
    const started = await startRestore(job.extra.rdsIn(restore.region), restore.order, isOwn(job));
    job.log.info('Restore started', { instance: restore.target, region: restore.region });
    return started;
  });
}

function follow(job: DrillJob, { restore }: RestorePlan) {
  const { polling, patience } = job.request.settings;
  return followRestore(job, {
    rds: job.extra.rdsIn(restore.region),
    identifier: restore.target,
    everySeconds: polling.instanceSeconds,
    forHours: patience.restoreHours,
  });
}

/** Of drills alone: what is removed has the name of this slot's drill, whatever a plan may say. */
function remove(job: DrillJob, { restore }: RestorePlan, name: string): Promise<string> {
  const { stage, request } = job;
  const parts = { stage, database: request.database, slot: request.slot };
  const { polling, patience } = request.settings;
  return removeInstance(job, name, {
    rds: job.extra.rdsIn(restore.region),
    identifier: drillIdentifier(parts),
    isOwn: (instance) => isDrillOf(instance, parts),
    everySeconds: polling.instanceSeconds,
    forHours: patience.deleteHours,
  });
}
