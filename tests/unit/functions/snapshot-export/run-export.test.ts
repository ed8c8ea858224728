import type { RDSClient } from '@aws-sdk/client-rds';
import { describe, expect, test } from '@jest/globals';
import type { SnapshotExportJob } from '../../../../functions/snapshot-export/job.ts';
import { startExport } from '../../../../functions/snapshot-export/run-export.ts';
import { PreconditionError } from '../../../../shared/job/errors.ts';
import { automatedSnapshot, exportOf } from '../../../support/snapshot-export-facts.ts';
import { nightlyRequest } from '../../../support/snapshot-export-request.ts';
import { stageConfig } from '../../../support/stage-config.ts';

const found = exportOf(automatedSnapshot);
const ordered = ['public.patients', 'public.visits'];

/** Starts an export of these tables where RDS has one of its name already, with this ExportOnly. */
function startBeside(exportOnly: readonly string[] | undefined, tables: readonly string[] | undefined) {
  const task = {
    ExportTaskIdentifier: found.identifier,
    SourceArn: found.sourceArn,
    S3Bucket: found.bucket,
    Status: 'IN_PROGRESS',
    ExportOnly: exportOnly,
  };
  const rds = { send: async () => ({ ExportTasks: [task] }) } as unknown as RDSClient;
  const job = {
    request: { ...nightlyRequest, tables },
    config: stageConfig(),
    names: { backupBucket: found.bucket },
    extra: { rds },
    watch: async (_name: string, { look }: { look: () => Promise<unknown> }) => look(),
  } as unknown as SnapshotExportJob;
  return startExport(job, { exportId: found.identifier, snapshotArn: found.sourceArn });
}

describe('an export that has the name already', () => {
  test('is adopted where it exports the same', async () => {
    await startBeside(['menotime_prod'], undefined);
    await startBeside(['menotime_prod.public.visits', 'menotime_prod.public.patients'], ordered);
  });

  test.each([
    [['menotime_prod.public.patients'], ordered],
    [['menotime_prod.public.patients', 'menotime_prod.public.users'], ordered],
    [['menotime_prod'], ordered],
    [['menotime_prod.public.patients'], undefined],
    [undefined, undefined],
  ])('is a stranger where it exports %j, and %j was to be', async (exportOnly, tables) => {
    await expect(startBeside(exportOnly, tables)).rejects.toThrow(PreconditionError);
  });

  test('is told with what it exports, and with what to do', async () => {
    await expect(startBeside(undefined, ordered)).rejects.toThrow(
      `An export named ${found.identifier} exists and exports everything, not menotime_prod.public.patients, menotime_prod.public.visits. Names of exports cannot be used again: start this run with another label.`,
    );
  });
});
