import { durableJob } from '../../shared/job/durable-job.ts';
import type { Message } from '../../shared/job/message.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import { checkAll } from './checks.ts';
import { interpretEvent, parseEvent } from './event.ts';
import { jobName, prepareClients, type VerifyJob } from './job.ts';
import { readBackArchive, readBackExport } from './read-back.ts';
import { readFacts } from './read-facts.ts';
import { reportRun, type VerifyReport } from './report.ts';

export const handler = durableJob({
  name: jobName,
  parse: parseEvent,
  interpret: interpretEvent,
  prepare: prepareClients,
  run: backupVerify,
});

/** Looks at everything that a restore would need, and joins it into one verdict. It restores and changes nothing. */
async function backupVerify(job: VerifyJob): Promise<Outcome<VerifyReport, Message | null>> {
  const { request, stage } = job;
  const facts = await job.step('read the facts', () => readFacts(job, new Date().toISOString()));
  const now = new Date(facts.readAt);
  const exported = await job.step('read the last export back', () => readBackExport(job, now));
  const archived = await job.step('look at the archive', () => readBackArchive(job));
  const findings = [...checkAll(facts, request), ...exported, ...archived];
  return reportRun({ request, stage, facts, findings });
}
