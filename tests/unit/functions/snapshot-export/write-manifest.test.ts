import { expect, test } from '@jest/globals';
import type { ProvenFile } from '../../../../functions/snapshot-export/evidence.ts';
import type { SnapshotExportJob } from '../../../../functions/snapshot-export/job.ts';
import { writeManifest } from '../../../../functions/snapshot-export/write-manifest.ts';
import { schemaOf, tableOf } from '../../../support/export-evidence.ts';
import { automatedSnapshot, exportOf } from '../../../support/snapshot-export-facts.ts';
import { nightlyRequest } from '../../../support/snapshot-export-request.ts';
import { stageConfig } from '../../../support/stage-config.ts';
import { storedObjects } from '../../../support/stored-objects.ts';

const task = exportOf(automatedSnapshot, { status: 'COMPLETE' });
const base = `exports/${task.identifier}`;

function fileIn(folder: string, rows: number): ProvenFile {
  const key = `${base}/menotime_prod/${folder}/1/part-0.parquet`;
  return { key, folder, bytes: 100, rows, checksum: `etag:${folder}` };
}

test('the manifest names every folder that has files, with their checksums, also those that no table explains', async () => {
  const files = [fileIn('public.patients', 3), fileIn('public.gone', 7)];
  const { s3, texts } = storedObjects(
    new Map([
      [`${base}/schema.json`, JSON.stringify(schemaOf([tableOf('patients')]))],
      ...files.map(({ key }): [string, string] => [key, '']),
    ]),
  );
  const job = {
    request: nightlyRequest,
    config: stageConfig(),
    names: { backupBucket: 'b' },
    aws: { s3 },
    step: (_name: string, work: () => Promise<unknown>) => work(),
  } as unknown as SnapshotExportJob;
  const read = { files, columnFaults: [], moreColumnFaults: 0, brokenFiles: [] };
  const schema = { key: `${base}/schema.json`, sha256: 'x' };
  const { key } = await writeManifest(job, { snapshot: automatedSnapshot, task, schema, read });
  const fileOf = (folder: string, rows: number) => ({
    key: `${base}/menotime_prod/${folder}/1/part-0.parquet`,
    bytes: 100,
    rows,
    checksum: `etag:${folder}`,
  });
  expect(JSON.parse(texts.get(key) ?? '')).toMatchObject({
    body: {
      tables: [
        { folder: 'public.patients', tables: ['public.patients'], files: [fileOf('public.patients', 3)] },
        {
          folder: 'public.gone',
          tables: [],
          rows: 7,
          against: 'no counts',
          files: [fileOf('public.gone', 7)],
        },
      ],
    },
  });
});
