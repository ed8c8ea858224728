import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { ExportManifest } from '../../../../shared/export/export-manifest.ts';
import { findExportOfSlot, findExportOfSnapshot } from '../../../../shared/export/exported-tables.ts';
import { planRestore } from '../../../../shared/export/restore-plan.ts';
import { restoreTable } from '../../../../shared/export/restore-table.ts';
import { quoteName } from '../../../../shared/postgres/quote.ts';
import { damagedObjects, flipped } from '../../../support/damaged-objects.ts';
import { type JobStage, scheduled, startJobStage } from '../../../support/job-stage.ts';

const night = '2026-01-02';

let stage: JobStage;
let manifest: ExportManifest;
let client: Client;

const where = () => ({ s3: stage.clients.s3, bucket: stage.names.backupBucket, database: 'menotime' });

beforeAll(async () => {
  stage = await startJobStage();
  await stage.run(scheduled(night));
  const link = await findExportOfSlot(where(), night);
  if (!link) throw new Error('There is no export.');
  manifest = link.body;
  client = await connect();
}, 120_000);
afterAll(async () => {
  await client?.end();
  await stage?.stop();
});

async function connect(): Promise<Client> {
  const [database] = stage.databases;
  if (!database) throw new Error('The stage has no database.');
  const opened = new Client({ ...database.instance.adminConnection, database: 'menotime_demo' });
  await opened.connect();
  return opened;
}

const split = (name: string) => {
  const [schema = '', ...rest] = name.split('.');
  return { schema, table: rest.join('.') };
};

/** Rows that stand in one of the two and not in the other, both ways, as text that says every value exactly. */
async function differences(one: string, other: string, columns: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(/* sql */ `
    SELECT ((SELECT count(*) FROM (SELECT (r.*)::text FROM (SELECT ${columns} FROM ${one}) r EXCEPT ALL SELECT (r.*)::text FROM (SELECT ${columns} FROM ${other}) r) d)
          + (SELECT count(*) FROM (SELECT (r.*)::text FROM (SELECT ${columns} FROM ${other}) r EXCEPT ALL SELECT (r.*)::text FROM (SELECT ${columns} FROM ${one}) r) d))::int AS count`);
  return rows[0]?.count ?? -1;
}

test('every exported table comes back as the very rows that the database holds', async () => {
  const exported = await findExportOfSnapshot(where(), manifest.snapshot.identifier);
  const seen: Record<string, number> = {};
  for (const [name = ''] of manifest.tables.map(({ tables }) => tables)) {
    const { schema, table } = split(name);
    const opened = await exported?.open({ schema, table });
    if (!opened) throw new Error(`${name} is not in the export.`);
    const columns = opened.columns.map((column) => quoteName(column)).join(', ');
    await client.query('DROP TABLE IF EXISTS pg_temp.back');
    await client.query(
      `CREATE TEMP TABLE back AS SELECT ${columns} FROM ${quoteName(schema, table)} WITH NO DATA`,
    );
    await pipeline(
      Readable.from(opened.copyText),
      client.query(copyFrom(`COPY pg_temp.back (${columns}) FROM STDIN`)),
    );
    seen[name] = await differences('pg_temp.back', `ONLY ${quoteName(schema, table)}`, columns);
  }
  expect(Object.keys(seen)).toEqual(
    expect.arrayContaining(['oddities.every_type', 'oddities.strings', 'oddities.big_values']),
  );
  expect(Object.entries(seen).filter(([, count]) => count !== 0)).toEqual([]);
}, 60_000);

test('a partitioned table is all of its partitions', async () => {
  const exported = await findExportOfSnapshot(where(), manifest.snapshot.identifier);
  const opened = await exported?.open({ schema: 'oddities', table: 'by_month' });
  let rows = 0;
  for await (const chunk of opened?.copyText ?? []) rows += chunk.toString().split('\n').length - 1;
  const { rows: counted } = await client.query('SELECT count(*)::int AS rows FROM oddities.by_month');
  expect(rows).toBe(counted[0].rows);
  expect(rows).toBeGreaterThan(0);
});

test('what the export does not hold is null, and so is an export that nobody made', async () => {
  const exported = await findExportOfSnapshot(where(), manifest.snapshot.identifier);
  expect(await exported?.open({ schema: 'public', table: 'nothing' })).toBeNull();
  expect(await findExportOfSnapshot(where(), 'rds:of-another-night')).toBeNull();
});

describe('a table is brought back into the database', () => {
  const request = (name: string, into = `${name}_back`) => ({
    ...where(),
    slot: night,
    table: { schema: 'oddities', name },
    into: { schema: 'oddities', name: into },
  });
  const target = () => ({
    ...where(),
    connect: async <T>(use: (client: Client) => Promise<T>) => {
      const own = await connect();
      try {
        return await use(own);
      } finally {
        await own.end();
      }
    },
  });
  const restore = async (name: string, into?: string) =>
    restoreTable(target(), await planRestore(request(name, into)));
  const columnsOf = async (name: string) => {
    const { rows } = await client.query(
      `SELECT attname, format_type(atttypid, atttypmod) AS type, attnotnull FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      [`oddities.${name}`],
    );
    return rows;
  };

  test('one that is made for it has the columns, types, NOT NULL and primary key of then', async () => {
    const { rows, created } = await restore('every_type');
    expect({ rows, created }).toEqual({ rows: expect.any(Number), created: true });
    expect(rows).toBeGreaterThan(2);
    expect(await columnsOf('every_type_back')).toEqual(await columnsOf('every_type'));
    expect(await differences('oddities.every_type_back', 'oddities.every_type', '*')).toBe(0);
    await expect(
      client.query('INSERT INTO oddities.every_type_back SELECT * FROM oddities.every_type LIMIT 1'),
    ).rejects.toThrow('duplicate key');
  });

  test('NULL, empty text, backslashes, tabs and newlines come back as they were', async () => {
    await restore('strings');
    expect(await differences('oddities.strings_back', 'oddities.strings', '*')).toBe(0);
  });

  test('columns that the table itself computes are left to it, in a table that is there', async () => {
    await client.query('CREATE TABLE oddities.derived_back (LIKE oddities.derived INCLUDING ALL)');
    expect(await restore('derived')).toMatchObject({ created: false, leftOut: ['gross'] });
    expect(await differences('oddities.derived_back', 'oddities.derived', '*')).toBe(0);
  });

  test('a table that holds rows is refused, and keeps them', async () => {
    await expect(restore('tree', 'tree')).rejects.toThrow('oddities.tree holds rows');
    await restore('tree');
    await expect(restore('tree')).rejects.toThrow('oddities.tree_back holds rows');
  });

  test('other rows than were exported are rolled back', async () => {
    await client.query(/* sql */ `
      CREATE TABLE oddities.no_key_back (LIKE oddities.no_key);
      CREATE FUNCTION oddities.drop_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER drop_rows BEFORE INSERT ON oddities.no_key_back FOR EACH ROW EXECUTE FUNCTION oddities.drop_row()`);
    await expect(restore('no_key')).rejects.toThrow('oddities.no_key_back took 0');
  });

  test('a damaged file is named, and nothing of it stays', async () => {
    const plan = await planRestore(request('composite_key'));
    const key = plan.files[0]?.key ?? '';
    const objects = damagedObjects(stage.clients.s3, stage.names.backupBucket);
    // The first bytes after the magic number are those of a page.
    const spoilt = (bytes: Buffer) => flipped(bytes, 60);
    await expect(objects.during(key, spoilt, () => restoreTable(target(), plan))).rejects.toThrow(
      `${key} is damaged`,
    );
    const { rows } = await client.query("SELECT to_regclass('oddities.composite_key_back') AS made");
    expect(rows[0].made).toBeNull();
  });

  test('a type that is not there any more is named', async () => {
    const plan = await planRestore(request('every_type', 'elsewhere'));
    const description = plan.description && {
      ...plan.description,
      columns: plan.description.columns.map((column) =>
        column.name === 'a_mood' ? { ...column, type: 'oddities.forgotten' } : column,
      ),
    };
    await expect(restoreTable(target(), { ...plan, description })).rejects.toThrow(
      'no type oddities.forgotten',
    );
  });

  test('a slot or a table that is not there says what there is', async () => {
    await expect(planRestore({ ...request('tree'), slot: '1999-01-01' })).rejects.toThrow(
      'No proved export of menotime has the slot 1999-01-01',
    );
    await expect(planRestore(request('nothing'))).rejects.toThrow('It holds: ');
  });
});
