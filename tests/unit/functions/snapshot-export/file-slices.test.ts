import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { SnapshotExportJob } from '../../../../functions/snapshot-export/job.ts';
import { proveExport } from '../../../../functions/snapshot-export/proof.ts';
import { readAllFooters } from '../../../../functions/snapshot-export/prove-export.ts';
import { schemaOf, tableOf, wholeExport } from '../../../support/export-evidence.ts';
import { automatedSnapshot, exportOf } from '../../../support/snapshot-export-facts.ts';
import { nightlyRequest } from '../../../support/snapshot-export-request.ts';
import { stageConfig } from '../../../support/stage-config.ts';

const task = exportOf(automatedSnapshot);
const base = `exports/${task.identifier}`;

/** As many tables, each with one file whose only column is none of theirs, and what the job keeps of each step. */
function jobOverTables(count: number, columnsOfEach: number) {
  const columns = Array.from({ length: columnsOfEach }, (_, index) => ({
    ...{ name: `column_${index}`, type: 'integer', typeName: 'int4' },
    ...{ notNull: false, default: null, generated: null },
  }));
  const names = Array.from({ length: count }, (_, index) => `t${String(index).padStart(5, '0')}`);
  const schema = schemaOf(names.map((name) => tableOf(name, { columns })));
  const parquet = parquetWriteBuffer({ columnData: [{ name: 'other', data: ['x'], type: 'STRING' }] });
  const keys = names.map((name) => `${base}/menotime_prod/public.${name}/1/part-0.parquet`);
  const text = JSON.stringify(schema);
  const kept: string[] = [];
  const send = async (command: unknown) => {
    if (command instanceof HeadObjectCommand) return { ETag: '"e"' };
    if (command instanceof ListObjectsV2Command) {
      const { StartAfter = '' } = command.input;
      const found = keys.filter((key) => key > StartAfter).slice(0, 1_000);
      return { Contents: found.map((Key) => ({ Key, Size: parquet.byteLength })) };
    }
    if (command instanceof GetObjectCommand) {
      const bytes = new Uint8Array(parquet);
      return { Body: { transformToString: async () => text, transformToByteArray: async () => bytes } };
    }
    throw new Error(`Nothing here answers ${String(command)}.`);
  };
  const job = {
    request: nightlyRequest,
    config: stageConfig(),
    names: { backupBucket: 'b' },
    aws: { s3: { send } },
    log: { info: () => undefined },
    step: async (_name: string, work: () => Promise<unknown>) => {
      const result = await work();
      kept.push(JSON.stringify(result));
      return result;
    },
  } as unknown as SnapshotExportJob;
  return { job, kept };
}

/** What Lambda keeps of one step at most. */
const checkpointBytes = 256 * 1_024;

test('columns that are wrong in every file of an export fit into a checkpoint, and none goes uncounted', async () => {
  const { job, kept } = jobOverTables(600, 100);
  const read = await readAllFooters(job, task);
  expect(kept).toHaveLength(3);
  for (const text of kept) expect(text.length).toBeLessThan(checkpointBytes / 2);
  const { faults } = proveExport({ ...wholeExport, ...read, schemaIsOfTheSnapshot: true });
  const columnFaults = faults.filter((fault) => fault.includes('column'));
  expect(columnFaults[0]).toBe('public.t00000: the column "column_0" (integer) is missing.');
  expect(columnFaults).toHaveLength(41);
  expect(columnFaults[40]).toBe('59960 more findings of columns that are missing or of another type.');
});

test('a few wrong columns are all told', async () => {
  const { job } = jobOverTables(2, 3);
  const read = await readAllFooters(job, task);
  expect(read.columnFaults).toHaveLength(6);
  const { faults } = proveExport({ ...wholeExport, ...read });
  expect(faults.filter((fault) => fault.includes('more findings'))).toEqual([]);
});
