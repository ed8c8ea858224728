import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ClientConfig } from 'pg';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import type { CreatedInstance } from '../../../../infra/local/rds/instances/create.ts';
import { restoreDrill } from '../../../../shared/config/restore-drill.ts';
import type { Finding } from '../../../../shared/verify/finding.ts';
import { damageTable } from '../../../support/damage-table.ts';
import { demoTemplate } from '../../../support/demo-template.ts';
import { failingDrill, reportOf, restoredNames } from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { openSnapshotFiles, type SnapshotFiles } from '../../../support/snapshot-files.ts';

const source = 'menotime-demo';
const other = 'billing-demo';

let stage: JobStage;
let files: SnapshotFiles;
/** What each drill found, by its label. */
const found = new Map<string, readonly Finding[]>();
/** What a drill found before anything was damaged. */
const sound: Finding[] = [];

const { questions } = restoreDrill.parse({
  questions: {
    schemaVersion: { query: 'SELECT version_num FROM alembic_version', equals: '8f4c1d2e3a5b' },
    freshness: [{ table: 'public.audit_log', column: 'timestamp', withinMinutes: 60 }],
    hashChains: [
      { table: 'public.ledger_entries', recompute: 'ledger_entry_hash(ledger_entries)' },
      { table: 'public.second_ledger' },
    ],
    compareWithExport: ['public.patients'],
  },
});

beforeAll(async () => {
  stage = await startJobStage({ drilling: { questions } });
  files = await openSnapshotFiles(stage);
  const [paths] = await asOwner(
    `CREATE TABLE public.second_ledger (LIKE public.ledger_entries INCLUDING ALL);
     INSERT INTO public.second_ledger SELECT * FROM public.ledger_entries;
     DELETE FROM public.audit_log WHERE "timestamp" > date_trunc('day', now()) - interval '3 hours'`,
    `SELECT pg_relation_filepath('public.audit_log_pkey') AS index, pg_relation_filepath('public.measurements') AS heap`,
  );
  const older = await files.folderOf(() => files.take(source, 'older'));
  await asOwner(`INSERT INTO public.audit_log (table_name, action) VALUES ('patients', 'UPDATE')`);
  const damaged = await backUp('damaged', { tables: ['public.patients'] });
  const stale = await backUp('stale', { skipExport: true });
  const [drill] = await Promise.all([stage.drill(drillOf('sound', damaged.identifier)), startOther()]);
  sound.push(...reportOf(drill).findings);

  await files.change(damaged.folder, [
    'SET session_replication_role = replica',
    `UPDATE public.ledger_entries SET amount = amount + 1 WHERE id = 'le_0000100500'`,
    `UPDATE public.second_ledger SET prev_entry_hash = 'sha256:' || repeat('0', 64) WHERE id = 'le_0000200007'`,
    `UPDATE public.patients SET last_name = last_name || '!' WHERE id = 7`,
    'DROP TABLE public.query_performance_log',
  ]);
  await files.overwrite(damaged.folder, String(paths?.index), 1);
  await files.overwrite(damaged.folder, String(paths?.heap), 1);
  await files.replace(stale.folder, older);
  await Promise.all([
    mustFail('damaged', damaged.identifier),
    mustFail('stale', stale.identifier),
    mustFail('other-content', 'other-content'),
    mustFail('other-name', 'other-name'),
  ]);
});
afterAll(async () => {
  await files?.stop();
  await stage?.stop();
});

/** Several statements at once, and the rows of the last one alone. */
async function asOwner(...statements: readonly string[]): Promise<Record<string, unknown>[]> {
  return withConnection(ownerOf(stage.databases[0]?.instance), async (client) => {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  });
}

function ownerOf(instance: CreatedInstance | undefined, database = 'menotime_demo'): ClientConfig {
  if (!instance) throw new Error('There is no such instance.');
  return { ...instance.adminConnection, database };
}

/** An instance with the same roles and passwords, whose database is another one: by what is in it, then by its name. */
async function startOther(): Promise<void> {
  const instance = await stage.stack.rds.createInstance({
    identifier: other,
    region: stage.config.region,
    engineVersion: '15',
    masterUsername: 'postgres',
    masterPassword: 'not-used-here',
    databaseName: 'menotime_demo',
    allocatedStorageGiB: 20,
    backupRetentionDays: 0,
    template: await demoTemplate(),
  });
  await withConnection(ownerOf(instance), (client) =>
    client.query(`UPDATE alembic_version SET version_num = '0c0ffee0c0de'`),
  );
  await files.take(other, 'other-content');
  await withConnection(ownerOf(instance, 'postgres'), (client) =>
    client.query('ALTER DATABASE menotime_demo RENAME TO billing'),
  );
  await files.take(other, 'other-name');
}

/** Rows are counted before and after, as every night. */
async function backUp(label: string, how: object): Promise<{ folder: string; identifier: string }> {
  let identifier = '';
  const folder = await files.folderOf(async () => {
    const result = await stage.run({ database: 'menotime', label, ...how });
    const report = result.kind === 'done' ? result.record.report : undefined;
    identifier = report?.kind === 'run' ? report.snapshot.identifier : '';
  });
  return { folder, identifier };
}

const drillOf = (label: string, snapshot: string) => ({ database: 'menotime', label, snapshot });

async function mustFail(label: string, snapshot: string): Promise<void> {
  const { report } = await failingDrill(stage, drillOf(label, snapshot), label);
  found.set(label, report?.findings ?? []);
}

interface Damage {
  readonly damage: string;
  /** Label of the drill. */
  readonly drill: string;
  readonly check: string;
  readonly says: RegExp;
}

const damages: readonly Damage[] = [
  {
    damage: 'a row changed in the restored copy, of a table that is compared with the export',
    drill: 'damaged',
    check: 'compare with export',
    says: /public\.patients .*id = 7/,
  },
  {
    damage: 'a row changed in the restored copy, of a ledger whose hashes can be computed anew',
    drill: 'damaged',
    check: 'hash chains',
    says: /ledger_entries 1 entry does not have the hash .*le_0000100500/,
  },
  {
    damage: 'a broken link of a hash chain',
    drill: 'damaged',
    check: 'hash chains',
    says: /second_ledger 1 of 5 chains are broken.*org_birch.*le_0000200007/,
  },
  {
    damage: 'an index corrupted on disk: bytes overwritten in its file',
    drill: 'damaged',
    check: 'amcheck',
    says: /the index public\.audit_log_pkey of public\.audit_log, in block 1/,
  },
  {
    damage: 'a page of a table damaged: bytes overwritten in its file',
    drill: 'damaged',
    check: 'amcheck',
    says: /the table public\.measurements, in block 1/,
  },
  {
    damage: 'the same page, when every row is read',
    drill: 'damaged',
    check: 'row counts',
    says: /public\.measurements cannot be read to its last row/,
  },
  {
    damage: 'a table missing',
    drill: 'damaged',
    check: 'row counts',
    says: /public\.query_performance_log was there before and after the snapshot/,
  },
  {
    damage: 'a snapshot that holds an older state than it says: rows are missing',
    drill: 'stale',
    check: 'row counts',
    says: /public\.audit_log has [\d,]+ rows: 1 fewer/,
  },
  {
    damage: 'the same, by the newest row',
    drill: 'stale',
    check: 'freshness',
    says: /newest timestamp of public\.audit_log is .* before the restored moment/,
  },
  {
    damage: 'a snapshot from another database, by what is in it',
    drill: 'other-content',
    check: 'schema version',
    says: /./,
  },
  {
    damage: 'a snapshot from another database, by its name',
    drill: 'other-name',
    check: 'connection',
    says: /database "menotime_demo" does not exist/,
  },
];

function findingOf({ drill, check, says }: Damage): Finding | undefined {
  return found
    .get(drill)
    ?.find((finding) => finding.check === check && finding.status === 'fail' && says.test(finding.fact));
}

test('before it was damaged, the same snapshot passed in everything', () => {
  expect(sound.length).toBeGreaterThan(8);
  expect(sound.filter(({ status }) => status !== 'pass')).toEqual([]);
});

test.each(damages)('$damage', (damage) => {
  const { check, says } = damage;
  expect(found.get(damage.drill)).toContainEqual(
    expect.objectContaining({ check, status: 'fail', fact: expect.stringMatching(says) }),
  );
});

test('whatever was found, the instance is gone', async () => {
  expect(await restoredNames(stage.clients.rds)).toEqual([other]);
});

test('the page of damage and verdict has what is found', async () => {
  const verdicts = damages.flatMap((damage) => {
    const finding = findingOf(damage);
    return finding ? [{ damage: damage.damage, finding }] : [];
  });
  expect(verdicts).toHaveLength(damages.length);
  const { written, made } = await damageTable('restored', verdicts);
  expect(written).toBe(made);
});
