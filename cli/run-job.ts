import { resourceNames } from '../shared/config/names.ts';
import type { SlotResult } from '../shared/job/run-slot.ts';
import { ArchiveProgress } from './archive-progress.ts';
import { describeEntry, type JobLogEntry, percentOf } from './job-log.ts';
import { runJob } from './job-process.ts';
import type { Progress, Say } from './progress.ts';
import { describeRefreshEntry } from './refresh-progress.ts';
import { describeRestoreEntry } from './restore-progress.ts';
import type { Target } from './target.ts';
import { formatBar } from './units.ts';

export interface ShownJob {
  readonly job: string;
  readonly event: unknown;
  /** Left out, the job's name. */
  readonly title?: string;
  /** Goes before the target's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a job against a target, and shows what its log tells of how far it has come. */
export function runWithProgress<Report>(
  target: Target,
  { job, event, title = job, environment = {} }: ShownJob,
  progress: Progress,
): Promise<SlotResult<Report>> {
  return progress.task(title, (say) => {
    const archive = new ArchiveProgress(progress.live, say);
    return runJob<SlotResult<Report>>({
      job,
      functionName: resourceNames(target.stage, target.config).functionName(job),
      event,
      environment: { ...target.environment, ...environment },
      onLog: (entry) => archive.tell(entry) || sayEntry(entry, say),
    });
  });
}

function sayEntry(entry: JobLogEntry, say: Say): void {
  const percent = percentOf(entry);
  const text = describeRestoreEntry(entry) ?? describeRefreshEntry(entry) ?? describeEntry(entry);
  if (percent !== undefined)
    say(`${String(entry.fields.message)} ${formatBar(percent)}  ${String(entry.fields.status ?? '')}`);
  else if (text) say(text);
}
