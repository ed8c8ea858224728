import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ExportContext } from '../../../../cli/export-context.ts';
import { verifyContents } from '../../../../cli/verify-contents.ts';
import type { ExportManifest } from '../../../../shared/export/export-manifest.ts';
import { verifyLastExport } from '../../../../shared/export/verify-export.ts';
import { canonicalJson } from '../../../../shared/job/canonical-json.ts';
import type { Manifest } from '../../../../shared/job/manifest-chain.ts';
import { resourceIdentifier } from '../../../../shared/job/slot.ts';
import { damagedObjects, flippedAlong } from '../../../support/damaged-objects.ts';
import { type JobStage, scheduled, startJobStage } from '../../../support/job-stage.ts';

const first = 'manifests/snapshot-export/menotime/00000001.json';
const newest = 'manifests/snapshot-export/menotime/00000002.json';

let stage: JobStage;
let objects: ReturnType<typeof damagedObjects>;
let manifest: Manifest<ExportManifest>;
/** A file of the newest export. */
let file: string;

const where = () => ({
  s3: stage.clients.s3,
  bucket: stage.names.backupBucket,
  stage: 'demo',
  database: 'menotime',
});
const verify = (changed: Partial<Parameters<typeof verifyLastExport>[1]> = {}) =>
  verifyLastExport(where(), {
    now: new Date(),
    sampleRowGroups: 1_000,
    exportAgeHours: 26,
    glacierAfterDays: 30,
    ...changed,
  });
const bad = async (work = verify()) => (await work).filter(({ status }) => status !== 'pass');

beforeAll(async () => {
  stage = await startJobStage();
  await stage.run(scheduled('2026-01-02'));
  await stage.run(scheduled('2026-01-03'));
  objects = damagedObjects(stage.clients.s3, stage.names.backupBucket);
  manifest = JSON.parse((await objects.read(newest)).toString()) as Manifest<ExportManifest>;
  const log = manifest.body.tables.find(({ folder }) => folder === 'public.audit_log');
  file = log?.files[0]?.key ?? '';
}, 120_000);
afterAll(() => stage?.stop());

test('an export in order passes in everything that is looked at', async () => {
  const findings = await verify();
  expect(findings.filter(({ status }) => status !== 'pass')).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual([
    'last export',
    'manifest chain',
    'export files',
    'export schema',
    'export storage class',
    'export footers',
    'export sample',
    'export checksums',
  ]);
});

test('the prefix is listed once, and no file is asked for by a head request where none is sampled', async () => {
  const before = stage.stack.gateway.calls.length;
  await verify({ sampleRowGroups: 0 });
  const actions = stage.stack.gateway.calls.slice(before).map(({ action }) => action);
  expect(actions.filter((action) => action === 'ListObjectsV2')).toHaveLength(2);
  expect(actions).not.toContain('HeadObject');
});

test('a database without any export has no baseline', async () => {
  const findings = await verifyLastExport(
    { ...where(), database: 'nobody' },
    { now: new Date(), sampleRowGroups: 1, exportAgeHours: 26, glacierAfterDays: 30 },
  );
  expect(findings).toMatchObject([{ check: 'last export', status: 'no baseline' }]);
});

test('an export of the day before yesterday is too old', async () => {
  const now = new Date(Date.now() + 27 * 3_600_000);
  expect(await bad(verify({ now }))).toMatchObject([{ check: 'last export', status: 'fail' }]);
});

test('a file that the lifecycle should have frozen is told, as a warning', async () => {
  const found = await bad(verify({ glacierAfterDays: -10, exportAgeHours: 26 }));
  const large = manifest.body.tables.flatMap(({ files }) => files).filter(({ bytes }) => bytes > 131_072);
  expect(found).toHaveLength(large.length > 0 ? 1 : 0);
});

describe('each damage has a finding of its own, with the key', () => {
  const fails = (check: string, key: string, fact = '') => ({
    check,
    status: 'fail',
    fact: expect.stringMatching(new RegExp(`${key.replaceAll('.', '\\.')}.*${fact}|${fact}.*${key}`)),
  });

  test('a truncated file', async () => {
    const found = await objects.during(file, (bytes) => bytes.subarray(0, bytes.length - 100), bad);
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining(fails('export files', file, 'instead of')),
        expect.objectContaining(fails('export footers', file, 'no whole Parquet file')),
      ]),
    );
  });

  test('flipped bytes, in a row group that is sampled', async () => {
    const found = await objects.during(file, flippedAlong, bad);
    expect(found).toEqual([
      expect.objectContaining(fails('export sample', file, 'row group')),
      expect.objectContaining(fails('export checksums', file)),
    ]);
  });

  test('a missing file', async () => {
    const found = await objects.during(file, () => null, bad);
    expect(found).toEqual([expect.objectContaining(fails('export files', file, 'missing'))]);
  });

  test('an extra file', async () => {
    const extra = file.replace(/[^/]+$/, 'part-99999-extra.gz.parquet');
    const bytes = await objects.read(file);
    const found = await objects.during(extra, () => bytes, bad);
    expect(found).toEqual([expect.objectContaining(fails('export files', extra, 'nobody proved'))]);
  });

  test('a file with other rows than the manifest says', async () => {
    const other = manifest.body.tables.flatMap(({ files }) => files).find(({ key }) => key !== file);
    const bytes = await objects.read(other?.key ?? '');
    const found = await objects.during(file, () => bytes, bad);
    expect(found).toEqual(
      expect.arrayContaining([expect.objectContaining(fails('export footers', file, 'the manifest says'))]),
    );
  });

  test('an edited schema.json', async () => {
    const { key } = manifest.body.schema;
    const found = await objects.during(key, (bytes) => `${bytes} `, bad);
    expect(found).toEqual([expect.objectContaining(fails('export schema', key))]);
  });

  test('an edited manifest: the newest, against the record of its run', async () => {
    const found = await objects.during(newest, (bytes) => `${bytes} `, bad);
    expect(found).toEqual([expect.objectContaining(fails('manifest chain', newest, 'it was changed'))]);
  });

  test('an edited manifest: an older one, against the next', async () => {
    const found = await objects.during(first, (bytes) => `${bytes} `, bad);
    expect(found).toEqual([expect.objectContaining(fails('manifest chain', first, 'was changed'))]);
  });

  test('a missing link', async () => {
    const found = await objects.during(first, () => null, bad);
    expect(found).toEqual([expect.objectContaining(fails('manifest chain', newest, 'links are missing'))]);
  });

  test('a manifest of another database', async () => {
    const third = newest.replace('2.json', '3.json');
    const foreign = { ...manifest, database: 'shop', sequence: 3 };
    const found = await objects.during(third, () => canonicalJson(foreign), bad);
    expect(found).toEqual(
      expect.arrayContaining([expect.objectContaining(fails('manifest of another database', third))]),
    );
  });
});

/** As an export of one table, asked for by hand after the last night, would have left it. */
function labelledManifest(): string {
  const slot = 'one-table';
  const id = resourceIdentifier({ stage: 'demo', database: 'menotime', slot, attempt: 1 });
  const exported = { ...manifest.body.export, id };
  return canonicalJson({
    ...manifest,
    slot,
    sequence: 3,
    body: { ...manifest.body, export: exported, tables: [] },
  });
}

test('the full check reads the export that the checks of the day speak of, and not a later one by hand', async () => {
  const exports: ExportContext = {
    ...where(),
    progress: { live: false, task: (_, work) => work(() => undefined) },
    connect: () => Promise.reject(new Error('Nothing was to be asked of the database.')),
  };
  const third = newest.replace('2.json', '3.json');
  const findings = await objects.during(third, labelledManifest, () => verifyContents(exports));
  expect(findings).toMatchObject([
    { status: 'pass', fact: expect.stringContaining(` files of ${manifest.body.export.id} were read`) },
  ]);
});
