import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ExportManifest } from '../../../../shared/export/export-manifest.ts';
import { verifyLastExport } from '../../../../shared/export/verify-export.ts';
import { canonicalJson } from '../../../../shared/job/canonical-json.ts';
import type { Manifest } from '../../../../shared/job/manifest-chain.ts';
import type { Finding } from '../../../../shared/verify/finding.ts';
import { damageTable } from '../../../support/damage-table.ts';
import { damagedObjects, flipped } from '../../../support/damaged-objects.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';

const newest = 'manifests/snapshot-export/menotime/00000001.json';

let stage: JobStage;
let objects: ReturnType<typeof damagedObjects>;
let manifest: Manifest<ExportManifest>;
/** A file of one small table, always of the same bytes. */
let file: string;

beforeAll(async () => {
  stage = await startJobStage();
  // Little enough to be sampled to its last value.
  const tables = ['public.alembic_version', 'public.patients', 'public.ledger_entries'];
  await stage.run({ database: 'menotime', label: 'looked-at', tables });
  objects = damagedObjects(stage.clients.s3, stage.names.backupBucket);
  manifest = JSON.parse((await objects.read(newest)).toString()) as Manifest<ExportManifest>;
  const table = manifest.body.tables.find(({ folder }) => folder === 'public.alembic_version');
  file = table?.files[0]?.key ?? '';
});
afterAll(() => stage?.stop());

/** What is no pass, of all that is looked at each day; here every row group is sampled. */
async function look(now = new Date()): Promise<Finding[]> {
  const where = {
    s3: stage.clients.s3,
    bucket: stage.names.backupBucket,
    stage: 'demo',
    database: 'menotime',
  };
  const options = { now, sampleRowGroups: 1_000, exportAgeHours: 26, glacierAfterDays: 30 };
  return (await verifyLastExport(where, options)).filter(({ status }) => status !== 'pass');
}

interface Damage {
  readonly damage: string;
  readonly check: string;
  readonly says: RegExp;
  readonly look: () => Promise<Finding[]>;
}

const inTwoDays = () => new Date(Date.now() + 48 * 3_600_000);
const editedRows = (bytes: Buffer) => bytes.toString().replace(/"rows": ?\d+/, '"rows":7');
const ofAnother = () => canonicalJson({ ...manifest, database: 'billing' });

const damages: readonly Damage[] = [
  {
    damage: 'a truncated Parquet file',
    check: 'export files',
    says: /alembic_version.*instead of/,
    look: () => objects.during(file, (bytes) => bytes.subarray(0, bytes.length - 40), look),
  },
  {
    damage: 'the same, when its footer is read',
    check: 'export footers',
    says: /alembic_version.*no whole Parquet file/,
    look: () => objects.during(file, (bytes) => bytes.subarray(0, bytes.length - 40), look),
  },
  {
    damage: 'a flipped byte in a Parquet file, when it is sampled',
    check: 'export sample',
    says: /alembic_version/,
    look: () => objects.during(file, (bytes) => flipped(bytes, 40), look),
  },
  {
    damage: 'the same, by the checksum that S3 has of it',
    check: 'export checksums',
    says: /alembic_version/,
    look: () => objects.during(file, (bytes) => flipped(bytes, 40), look),
  },
  {
    damage: 'a Parquet file missing',
    check: 'export files',
    says: /missing from the bucket: .*alembic_version/,
    look: () => objects.during(file, () => null, look),
  },
  {
    damage: 'a manifest edited',
    check: 'manifest chain',
    says: /00000001\.json: it was changed/,
    look: () => objects.during(newest, editedRows, look),
  },
  {
    damage: 'a manifest of another database',
    check: 'manifest chain',
    says: /00000001\.json: it belongs to/,
    look: () => objects.during(newest, ofAnother, look),
  },
  {
    damage: 'no newer export than one of two days ago',
    check: 'last export',
    says: /48\.\d h ago/,
    look: () => look(inTwoDays()),
  },
];

const findingOf = async ({ look: lookAt, check, says }: Damage) =>
  (await lookAt()).find(
    (finding) => finding.check === check && finding.status === 'fail' && says.test(finding.fact),
  );

test('before it was damaged, all of it passed', async () => {
  expect(await look()).toEqual([]);
});

test.each(damages)('$damage', async ({ look: lookAt, check, says }) => {
  expect(await lookAt()).toContainEqual(
    expect.objectContaining({
      check,
      status: 'fail',
      fact: expect.stringMatching(says),
      advice: expect.stringMatching(/./),
    }),
  );
});

test('the page of damage and verdict has what is found', async () => {
  const verdicts = [];
  for (const damage of damages) {
    const finding = await findingOf(damage);
    if (finding) verdicts.push({ damage: damage.damage, finding });
  }
  expect(verdicts).toHaveLength(damages.length);
  const { written, made } = await damageTable('exported', verdicts);
  expect(written).toBe(made);
});
