import { describe, expect, test } from '@jest/globals';
import type { ExportTaskFact } from '../../../../functions/snapshot-export/facts.ts';
import type { SnapshotExportJob } from '../../../../functions/snapshot-export/job.ts';
import {
  gatherEvidence,
  readAllFooters,
  requireProof,
} from '../../../../functions/snapshot-export/prove-export.ts';
import { sha256 } from '../../../../shared/aws/objects.ts';
import { canonicalJson } from '../../../../shared/job/canonical-json.ts';
import { schemaOf, sizeOf, tableOf } from '../../../support/export-evidence.ts';
import { automatedSnapshot, exportOf, ownSnapshot } from '../../../support/snapshot-export-facts.ts';
import { nightlyRequest } from '../../../support/snapshot-export-request.ts';
import { stageConfig } from '../../../support/stage-config.ts';
import { storedObjects } from '../../../support/stored-objects.ts';

const task: ExportTaskFact = exportOf(automatedSnapshot, { status: 'COMPLETE' });
const own = ownSnapshot('s');
const base = `exports/${task.identifier}`;

/** A job that does its steps at once, over these objects; `kept` is what a checkpoint would hold of each step. */
function jobOver(texts: ReadonlyMap<string, string>) {
  const { s3, reads } = storedObjects(texts);
  const waits: string[] = [];
  const kept: string[] = [];
  const job = {
    request: nightlyRequest,
    config: stageConfig(),
    names: { backupBucket: 'b' },
    aws: { s3 },
    log: { info: () => undefined },
    sleep: async () => {
      waits.push(`before step ${kept.length + 1}`);
    },
    step: async (_name: string, work: () => Promise<unknown>) => {
      const result = await work();
      kept.push(JSON.stringify(result));
      return result;
    },
  } as unknown as SnapshotExportJob;
  return { job, reads, waits, kept };
}

const schemaOfTables = (count: number) =>
  JSON.stringify(schemaOf(Array.from({ length: count }, (_, index) => tableOf(`table_${index}`))));

describe('the footers of an export', () => {
  const files = 41 * 250 + 1;
  const padded = (index: number) => String(index).padStart(6, '0');
  const texts = new Map([[`${base}/schema.json`, schemaOfTables(3)]]);
  for (let index = 0; index < files; index += 1) {
    texts.set(`${base}/menotime_prod/public.table_1/1/part-${padded(index)}.parquet`, 'no Parquet');
  }

  test('are read in slices, and every twenty of them in an invocation of their own', async () => {
    const { job, waits, kept } = jobOver(texts);
    const read = await readAllFooters(job, task);
    expect(new Set(read.files.map(({ key }) => key)).size).toBe(files);
    expect(read.brokenFiles).toHaveLength(files);
    expect(kept).toHaveLength(42);
    expect(waits).toEqual(['before step 21', 'before step 41']);
  });

  test('are held against a schema that is read once', async () => {
    const { job, reads } = jobOver(texts);
    await readAllFooters(job, task);
    expect(reads.get(`${base}/schema.json`)).toBe(1);
  });
});

describe('the evidence', () => {
  const schema = schemaOf([tableOf('patients')]);
  const sizes = [sizeOf('patients', 10, 8_192)];
  const moment = { marks: {}, tables: [{ schema: 'public', table: 'patients', oid: '1', rows: '10' }] };
  const none = { files: [], columnFaults: [], moreColumnFaults: 0, brokenFiles: [] };
  const withMoments = (schemaSha256: string) =>
    jobOver(
      new Map([
        [`${base}/schema.json`, canonicalJson({ ...schema, sizes })],
        ['moments/s/before.json', JSON.stringify({ moment, schemaSha256 })],
        ['moments/s/after.json', JSON.stringify({ moment: { marks: {}, tables: [] } })],
        ['moments/s/settled.json', JSON.stringify({ marks: {}, counters: {}, sessionsHoldingBack: 0 })],
      ]),
    ).job;

  test('holds the schema against that of before the snapshot, whatever the sizes beside it', async () => {
    const same = await gatherEvidence(withMoments(sha256(canonicalJson(schema))), task, own, none);
    expect(same).toMatchObject({ adopted: false, schemaIsOfTheSnapshot: true, schema, sizes });
    expect(same.knownBefore).toEqual(new Set(['public.patients']));
    const other = await gatherEvidence(withMoments('another'), task, own, none);
    expect(other.schemaIsOfTheSnapshot).toBe(false);
  });

  test('of an adopted snapshot has no counts, and no tables of before', async () => {
    expect(await gatherEvidence(withMoments('x'), task, automatedSnapshot, none)).toMatchObject({
      adopted: true,
      schemaIsOfTheSnapshot: false,
      bounds: undefined,
      knownBefore: undefined,
      sizes,
    });
  });
});

describe('an export that lacks ten thousand tables', () => {
  const texts = new Map([[`${base}/schema.json`, schemaOfTables(10_000)]]);
  const none = { files: [], columnFaults: [], moreColumnFaults: 0, brokenFiles: [] };

  test('fails with the first faults and the number of the others, and keeps no more of them', async () => {
    const { job, kept } = jobOver(texts);
    const error = await requireProof(job, task, own, none).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'ProofError' });
    const lines = String((error as Error).message)
      .split('\n')
      .filter((line) => line.startsWith('  - '));
    expect(lines).toHaveLength(51);
    expect(lines[50]).toBe('  - and 9952 more');
    expect(kept[0]?.length).toBeLessThan(20_000);
  });
});
