import { type ArchiveVerification, verifyArchive } from '../../shared/archive/verify-archive.ts';
import { readInstance } from '../../shared/aws/instance.ts';
import { verifyLastExport } from '../../shared/export/verify-export.ts';
import { databaseOf, withJobConnection } from '../../shared/postgres/connect-job.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { isAnswered } from './answer.ts';
import { ask } from './ask.ts';
import { tellUnanswered } from './check-answers.ts';
import type { VerifyJob } from './job.ts';
import { judgeArchive } from './judge-archive.ts';

/** Holds the last export against its manifest, where the database is exported at all. */
export async function readBackExport(job: VerifyJob, now: Date): Promise<Finding[]> {
  const { request, stage, aws, names, config } = job;
  if (!request.isExported) return [];
  const { limits, sampleRowGroups } = request.settings;
  const answer = await ask(
    {
      what: `The last export of ${request.database}`,
      permission:
        's3:GetObject on exports/, manifests/ and runs/ of the bucket, s3:ListBucket, and kms:Decrypt',
      // Thousands of footers are read.
      patienceSeconds: null,
    },
    () =>
      verifyLastExport(
        { s3: aws.s3, bucket: names.backupBucket, stage, database: request.database },
        {
          now,
          sampleRowGroups,
          exportAgeHours: limits.exportAgeHours,
          glacierAfterDays: config.glacierAfterDays,
        },
      ),
  );
  return isAnswered(answer) ? answer.value : [tellUnanswered(answer.unanswered)];
}

/** The quick look at the archive, where the database has one: ledger, manifests, and each file's size. */
export async function readBackArchive(job: VerifyJob): Promise<Finding[]> {
  const { auditArchive } = databaseOf(job);
  if (!auditArchive) return [];
  const answer = await ask(
    {
      what: `The archive of ${job.request.database}`,
      permission: `s3:GetObject on ${auditArchive.archivePrefix} and manifests/ of the bucket, s3:ListBucket, kms:Decrypt, and what signing in takes`,
      patienceSeconds: null,
    },
    () => lookAtArchive(job, auditArchive.archivePrefix),
  );
  return isAnswered(answer) ? [judgeArchive(answer.value)] : [tellUnanswered(answer.unanswered)];
}

async function lookAtArchive(job: VerifyJob, prefix: string): Promise<ArchiveVerification> {
  const { request, aws, names, extra } = job;
  const instance = await readInstance(extra.rdsIn(request.region), request.instance);
  return verifyArchive({
    s3: aws.s3,
    bucket: names.backupBucket,
    database: request.database,
    prefix,
    resourceId: instance.resourceId,
    quick: true,
    connect: (use) => withJobConnection(job, instance, use),
  });
}
