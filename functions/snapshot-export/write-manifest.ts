import { exportFolder } from '../../shared/export/export-layout.ts';
import type { ExportManifest } from '../../shared/export/export-manifest.ts';
import { appendManifest, type ManifestReference } from '../../shared/job/manifest-chain.ts';
import { databaseOf } from '../../shared/postgres/connect-job.ts';
import { readMoments } from '../../shared/snapshot/moments.ts';
import { type ExportTaskFact, isAdopted, type SnapshotFact } from './facts.ts';
import type { SnapshotExportJob } from './job.ts';
import { jobName } from './plan.ts';
import { proveExport } from './proof.ts';
import { type FilesRead, gatherEvidence } from './prove-export.ts';
import type { SavedSchema } from './save-schema.ts';

export interface Exported {
  readonly snapshot: SnapshotFact;
  readonly task: ExportTaskFact;
  readonly schema: SavedSchema;
  readonly read: FilesRead;
}

/** Everything that a reader in two years needs to know whether the export is whole; the same bytes whoever writes it. */
async function manifestBody(
  job: SnapshotExportJob,
  { snapshot, task, schema, read }: Exported,
): Promise<ExportManifest> {
  const proof = proveExport(await gatherEvidence(job, task, snapshot, read));
  const moments = await readMoments({ s3: job.aws.s3, bucket: job.names.backupBucket }, snapshot.identifier);
  const files = Map.groupBy(read.files, ({ folder }) => folder);
  return {
    instance: job.request.instance,
    databaseName: databaseOf(job).databaseName,
    snapshot: {
      identifier: snapshot.identifier,
      arn: snapshot.arn,
      createdAt: snapshot.createdAt,
      // Nobody counted around an adopted one; around our own, counting may have failed: `moment` tells that.
      adopted: isAdopted(snapshot),
    },
    moment: moments
      ? {
          after: { lsn: moments.before.moment.lsn, readAt: moments.before.moment.readAt },
          before: { lsn: moments.after.moment.lsn, readAt: moments.after.moment.readAt },
        }
      : null,
    export: {
      id: task.identifier,
      bucket: job.names.backupBucket,
      prefix: exportFolder(task.identifier),
      exportOnly: task.exportOnly,
      startedAt: task.startedAt,
      endedAt: task.endedAt,
    },
    schema,
    skipped: proof.skipped,
    tables: proof.tables.map((table) => ({
      ...table,
      files: (files.get(table.folder) ?? []).map(({ folder: _, ...file }) => file),
    })),
  };
}

/** Appends the export's manifest to the chain of its database. */
export function writeManifest(job: SnapshotExportJob, exported: Exported): Promise<ManifestReference> {
  const { database, slot } = job.request;
  return job.step('write the manifest', async () =>
    appendManifest(job.aws.s3, {
      bucket: job.names.backupBucket,
      job: jobName,
      database,
      slot,
      notBefore: new Date(exported.task.endedAt ?? 0),
      body: await manifestBody(job, exported),
    }),
  );
}
