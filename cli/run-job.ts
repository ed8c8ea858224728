import type { SnapshotExportReport } from '../functions/snapshot-export/report.ts';
import { resourceNames } from '../shared/config/names.ts';
import type { SlotResult } from '../shared/job/run-slot.ts';
import { describeEntry, type JobLogEntry, percentOf } from './job-log.ts';
import { runJob } from './job-process.ts';
import type { Progress, Say } from './progress.ts';
import type { Target } from './target.ts';
import { formatBar } from './units.ts';

export type JobResult = SlotResult<SnapshotExportReport>;

/** Runs a job against a target, and shows what its log tells of how far it has come. */
export function runWithProgress(
  target: Target,
  job: string,
  event: unknown,
  progress: Progress,
  title = job,
): Promise<JobResult> {
  return progress.task(title, (say) =>
    runJob<JobResult>({
      job,
      functionName: resourceNames(target.stage, target.config).functionName(job),
      event,
      environment: target.environment,
      onLog: (entry) => sayEntry(entry, say),
    }),
  );
}

function sayEntry(entry: JobLogEntry, say: Say): void {
  const percent = percentOf(entry);
  const text = describeEntry(entry);
  if (percent !== undefined)
    say(`${String(entry.fields.message)} ${formatBar(percent)}  ${String(entry.fields.status ?? '')}`);
  else if (text) say(text);
}
