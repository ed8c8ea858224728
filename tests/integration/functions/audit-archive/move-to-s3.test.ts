import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ArchiveContext } from '../../../../functions/audit-archive/archive-context.ts';
import { archiveSlice } from '../../../../functions/audit-archive/archive-slice.ts';
import { sweepTable } from '../../../../functions/audit-archive/sweep.ts';
import { fingerprintOf } from '../../../../functions/audit-archive/table-fingerprint.ts';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import {
  type ArchiveBench,
  archiveAll,
  BUCKET,
  openArchiveBench,
  planned,
  wholeSlice,
} from '../../../support/archive-bench.ts';
import { readParquetBytes } from '../../../support/read-parquet.ts';

const goOn = async () => true;

describe.each([15, 18] as const)('batches of old rows move to S3 (Postgres %i)', (major) => {
  let bench: ArchiveBench;
  beforeAll(async () => {
    bench = await openArchiveBench(major);
  });
  afterAll(() => bench?.stop());
  beforeEach(async () => {
    await bench.emptyBucket();
    await bench.client.query(/* sql */ `
      DROP TABLE IF EXISTS log;
      TRUNCATE nightshift.archive_batches;
      CREATE TABLE log (id int PRIMARY KEY, at timestamp NOT NULL, body json, note text);
      CREATE INDEX ON log (at);
      INSERT INTO log SELECT n, '2024-01-01'::timestamp + n * interval '1 hour', json_build_object('n', n), 'ü' || n
        FROM generate_series(1, 1000) n`);
  });
  afterEach(() => bench.gateway.faults.clear());

  const action = archiveAll({ table: 'public.log', ageColumn: 'at', batchRows: 300 });
  const run = async (changed = action, context?: ArchiveContext) =>
    (await archiveSlice(context ?? (await planned(bench, changed)), bench.connect, changed, wholeSlice, goOn))
      .end;

  async function ledger() {
    const { rows } = await bench.client.query(
      'SELECT object_key AS key, rows::int, bytes::int, sha256, smallest_key, largest_key, oldest, newest, raw_bytes::int AS raw FROM nightshift.archive_batches ORDER BY id',
    );
    return rows as { key: string; rows: number; sha256: string }[];
  }

  async function archivedIds(): Promise<number[]> {
    const ids: number[] = [];
    for (const { key } of await ledger()) {
      const { Body } = await bench.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
      const rows = await readParquetBytes((await Body?.transformToByteArray()) ?? new Uint8Array(), 'id');
      ids.push(...rows.map(({ id }) => Number(id)));
    }
    return ids.sort((a, b) => a - b);
  }

  async function liveIds(): Promise<number[]> {
    const { rows } = await bench.client.query('SELECT id FROM log ORDER BY id');
    return rows.map(({ id }) => id as number);
  }

  async function expectEachOnce(ids: number[]): Promise<void> {
    const all = [...(await archivedIds()), ...(await liveIds())].sort((a, b) => a - b);
    expect(all).toEqual(ids);
  }

  const all = Array.from({ length: 1000 }, (_, n) => n + 1);

  test('what has left the table is in the files, as another reader reads them, month by month', async () => {
    expect(await run()).toBe('emptied');
    expect(await liveIds()).toEqual([]);
    expect(await archivedIds()).toEqual(all);
    const batches = await ledger();
    expect(batches.map(({ rows }) => rows)).toEqual([300, 300, 143, 257]);
    expect(batches[0]).toMatchObject({
      key: expect.stringMatching(
        /^archive\/bench\/public\.log\/year=2024\/month=01\/db-BENCH-\d+-[0-9a-f]{8}\.parquet$/,
      ),
      smallest_key: '1',
      largest_key: '300',
      oldest: new Date('2024-01-01T01:00:00Z'),
      newest: new Date('2024-01-13T12:00:00Z'),
    });
    expect(batches[3]?.key).toContain('month=02');
  });

  /** Once, at the moment when the first file has been uploaded and its batch is not committed. */
  function whenUploaded(act: (key: string) => Promise<void>): void {
    const stop = bench.gateway.onCall(async (moment, call) => {
      if (moment !== 'after' || call.action !== 'PutObject') return;
      stop();
      const { Contents = [] } = await bench.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
      await act(Contents.toSorted((a, b) => Number(b.LastModified) - Number(a.LastModified))[0]?.Key ?? '');
    });
  }

  test('a row that is changed, one that is deleted and one that comes late meanwhile: none is lost', async () => {
    whenUploaded(async () => {
      await bench.client.query("UPDATE log SET note = 'changed' WHERE id = 7");
      await bench.client.query('DELETE FROM log WHERE id = 8');
      await bench.client.query("INSERT INTO log VALUES (2000, '2024-01-01', '{}', 'late')");
    });
    expect(await run()).toBe('emptied');
    expect(bench.logged.join()).toMatch(/tried again/);
    await expectEachOnce([...all.filter((id) => id !== 8), 2000]);
    const [first] = await ledger();
    const { Body } = await bench.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: first?.key }));
    const rows = await readParquetBytes((await Body?.transformToByteArray()) ?? new Uint8Array(), 'id, note');
    expect(rows).toContainEqual({ id: 7, note: 'changed' });
  });

  test('the connection dies after the upload: the file is swept, and the rows move with the next try', async () => {
    whenUploaded(async () => {
      await bench.client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'nightshift%' AND pid <> pg_backend_pid()",
      );
    });
    expect(await run()).toBe('emptied');
    await expectEachOnce(all);
    const swept = await bench.connect((client) => sweepTable(bench.context, client, action.policy));
    expect(swept).toEqual({ deleted: [expect.stringContaining('db-BENCH-')], unexplained: [] });
    await expectEachOnce(all);
  });

  test('two at once on the same rows: each row moves once', async () => {
    const { thread: _shared, ...alone } = await planned(bench, action);
    await Promise.all([run(), run(action, alone)]);
    await expectEachOnce(all);
  });

  test('a file that is not what was written: nothing is deleted, and the reason is told', async () => {
    whenUploaded(async (key) => {
      await bench.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'something else' }));
    });
    await expect(run()).rejects.toThrow(/read back|damaged|Parquet/);
    expect(await liveIds()).toEqual(all);
    expect(await ledger()).toEqual([]);
  });

  test('a trigger that keeps rows in silence: rolled back, and named', async () => {
    await bench.client.query(/* sql */ `
      CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER keep BEFORE DELETE ON log FOR EACH ROW WHEN (OLD.id = 5) EXECUTE FUNCTION keep()`);
    await expect(run()).rejects.toThrow(/300 rows were copied and 299 would have been deleted/);
    expect(await liveIds()).toEqual(all);
  });

  test('a bucket that denies: told with what to do, and nothing is lost', async () => {
    bench.gateway.faults.order({ effect: { kind: 'deny' }, service: 's3' });
    await expect(run()).rejects.toThrow(/AccessDenied[\s\S]*role of the function/);
    expect(await liveIds()).toEqual(all);
  });

  test('a trigger of the owner finds its own search_path', async () => {
    await bench.client.query(/* sql */ `
      CREATE TABLE IF NOT EXISTS gone (id int);
      TRUNCATE gone;
      CREATE OR REPLACE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO gone VALUES (OLD.id); RETURN NULL; END';
      CREATE TRIGGER remember AFTER DELETE ON log FOR EACH ROW EXECUTE FUNCTION remember()`);
    expect(await run()).toBe('emptied');
    const { rows } = await bench.client.query('SELECT count(*)::int AS gone FROM gone');
    expect(rows).toEqual([{ gone: 1000 }]);
  });

  test('a value that its Parquet type cannot hold: the column moves as text', async () => {
    await withConnection(bench.cluster.config('postgres'), (client) =>
      client.query(/* sql */ `
        ALTER TABLE log ADD price numeric(10, 2);
        UPDATE log SET price = 'NaN' WHERE id = 400`),
    );
    expect(await run()).toBe('emptied');
    await expectEachOnce(all);
  });

  test('a hold that says one thing to the copy and another to the delete: asked once, it holds one row', async () => {
    const session = "current_setting('search_path')";
    const fickle = `(id = 1 AND ${session} = '') OR (id = 2 AND ${session} <> '')`;
    expect(await run({ ...action, holds: [fickle] })).toBe('emptied');
    await expectEachOnce(all);
    expect(await liveIds()).toEqual([2]);
  });

  test.each([
    ['at once', ''],
    ['at the commit', 'DEFERRABLE INITIALLY DEFERRED'],
  ])(
    'a row that is referenced after the plan, by a key that is checked %s: it stays, the others move',
    async (_when, checked) => {
      await bench.client.query(`CREATE TABLE pointing (id int REFERENCES log ${checked})`);
      try {
        const pointed = 'EXISTS (SELECT FROM pointing WHERE pointing.id = log.id)';
        const policy = { ...action.policy, onReferenced: 'keep' as const };
        whenUploaded(async () => {
          await bench.client.query('INSERT INTO pointing VALUES (7)');
        });
        expect(await run({ ...action, policy, holds: [pointed] })).toBe('emptied');
        await expectEachOnce(all);
        expect(await liveIds()).toEqual([7]);
      } finally {
        await bench.client.query('DROP TABLE pointing');
      }
    },
  );

  test('the right to DELETE that is taken away stops even the batch under way', async () => {
    await bench.client.query(/* sql */ `
      DROP ROLE IF EXISTS mover;
      CREATE ROLE mover;
      GRANT SELECT, DELETE ON log TO mover;
      GRANT USAGE ON SCHEMA nightshift TO mover;
      GRANT SELECT, INSERT ON nightshift.archive_batches TO mover`);
    const asMover: typeof bench.connect = (use) =>
      bench.connect(async (client) => {
        await client.query('SET ROLE mover');
        return use(client);
      });
    whenUploaded(async () => {
      await bench.client.query('REVOKE DELETE ON log FROM mover');
    });
    const context = await planned(bench, action);
    await expect(archiveSlice(context, asMover, action, wholeSlice, goOn)).rejects.toThrow(/42501/);
    expect(await liveIds()).toEqual(all);
    await bench.client.query('DROP OWNED BY mover; DROP ROLE mover');
  });

  test('rows that do not fit into memory stay, all others of their slice move, and they are counted', async () => {
    await bench.client.query(/* sql */ `
      UPDATE log SET note = repeat('x', 25 * 1024 * 1024) WHERE id IN (1, 700, 1000);
      UPDATE log SET note = repeat('x', 25 * 1024 * 1024), body = '{"held": true}' WHERE id = 800`);
    const held = { ...action, holds: ["(body ->> 'held')::boolean"] };
    const context = await planned(bench, action);
    const end = await archiveSlice(context, bench.connect, held, wholeSlice, goOn);
    expect(end).toEqual({ end: 'emptied', tooLarge: 3 });
    await expectEachOnce(all);
    expect(await liveIds()).toEqual([1, 700, 800, 1000]);
    await bench.client.query("UPDATE log SET note = 'short'");
    expect(await run()).toBe('emptied');
    await expectEachOnce(all);
  });

  test('a hold that answers by chance: no row is lost, and none is twice', async () => {
    expect(await run({ ...action, holds: ['random() < 0.3'] })).toBe('emptied');
    await expectEachOnce(all);
  });

  test('times are read as they were written, whatever the database prefers', async () => {
    await bench.client.query("ALTER DATABASE postgres SET datestyle = 'SQL, DMY'");
    try {
      expect(await run()).toBe('emptied');
      await expectEachOnce(all);
    } finally {
      await bench.client.query('ALTER DATABASE postgres RESET datestyle');
    }
  });

  test.each([
    ['a child inherits from it', 'CREATE TABLE heir () INHERITS (log)', 'DROP TABLE heir'],
    [
      'a foreign key points to it',
      'CREATE TABLE pointing (id int REFERENCES log ON DELETE CASCADE)',
      'DROP TABLE pointing',
    ],
    [
      'a rule turns its deletes',
      'CREATE RULE away AS ON DELETE TO log WHERE OLD.id = 5 DO ALSO NOTHING',
      'SELECT 1',
    ],
    [
      'another one takes its name',
      'ALTER TABLE log RENAME TO was; CREATE TABLE log (LIKE was)',
      'DROP TABLE was',
    ],
  ])('the table changes while the run works, as %s: it is left alone', async (_what, change, undo) => {
    const fingerprint = await fingerprintOf(bench.client, { schema: 'public', name: 'log' });
    const context = { ...bench.context, fingerprints: { 'public.log': fingerprint } };
    await bench.client.query(change);
    try {
      await expect(run(action, context)).rejects.toThrow(/not the table any more/);
      expect(await ledger()).toEqual([]);
    } finally {
      await bench.client.query(undo);
    }
  });

  test('a table of which nobody has noted how it was made is left alone', async () => {
    await expect(run(action, bench.context)).rejects.toThrow(/was not noted how "public"\."log" was made/);
    expect(await liveIds()).toEqual(all);
  });

  test('new partitions and rows change nothing of what was judged', async () => {
    await bench.client.query(
      'DROP TABLE IF EXISTS parted; CREATE TABLE parted (at date) PARTITION BY RANGE (at)',
    );
    const name = { schema: 'public', name: 'parted' };
    const before = await fingerprintOf(bench.client, name);
    await bench.client.query(
      "CREATE TABLE parted_1 PARTITION OF parted DEFAULT; INSERT INTO parted VALUES ('2024-01-01')",
    );
    expect(await fingerprintOf(bench.client, name)).toBe(before);
  });

  test('what went wrong is not forgotten when the time is up', async () => {
    bench.gateway.faults.order({ effect: { kind: 'error', status: 500 }, service: 's3' });
    let asked = 0;
    const once = async () => {
      asked += 1;
      return asked === 1;
    };
    const end = await archiveSlice(await planned(bench, action), bench.connect, action, wholeSlice, once);
    expect(end).toEqual({ end: 'left', trouble: expect.stringMatching(/Uploading s3:/) });
  });
});
