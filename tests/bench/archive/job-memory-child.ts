import type { ArchiveContext } from '../../../functions/audit-archive/archive-context.ts';
import type { ArchiveAction } from '../../../functions/audit-archive/plan.ts';
import { workShift } from '../../../functions/audit-archive/work-shift.ts';
import { type ConnectOptions, withConnection } from '../../../shared/postgres/connect.ts';
import { s3ClientOf } from './s3-process.ts';

/** What the job is to do in a process that does nothing else; it survives as JSON. */
export interface MeasuredJob {
  readonly context: Omit<ArchiveContext, 's3' | 'log' | 'thread'>;
  readonly connection: ConnectOptions;
  /** Of S3. */
  readonly endpoint: string;
  readonly action: ArchiveAction;
}

/** Archives a table as a shift does it, and prints the most megabytes that this process had. */
const { context, connection, endpoint, action } = JSON.parse(process.argv[2] ?? '') as MeasuredJob;
const silent = () => undefined;
const log = { info: silent, warn: silent, error: silent, debug: silent };
const { failed, left } = await workShift(
  { ...context, s3: s3ClientOf(endpoint), log: log as unknown as ArchiveContext['log'] },
  (use) => withConnection(connection, use),
  [action],
  Number.POSITIVE_INFINITY,
);
const reasons = Object.values(failed);
if (reasons.length > 0 || left.length > 0) throw new Error(`The job did not finish: ${reasons.join()}`);
console.log((process.resourceUsage().maxRSS / 1_024).toFixed(0));
process.exit();
