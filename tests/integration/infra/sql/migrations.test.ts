import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type Direction, readMigrations } from '../../../../infra/sql/migrations.ts';
import { readSchemaDescription } from '../../../../shared/postgres/schema-description.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

const batch = /* sql */ `
  INSERT INTO nightshift.archive_batches
    (policy, slot, destination, bucket, object_key, rows, bytes, raw_bytes, sha256, content_hash, oldest, newest, dbi_resource_id, seconds)
  VALUES ('public.audit_log', $1, 's3', 'b', $2, 10, 100, 1000, repeat('a', 64), 'ab', '-infinity', '2024-01-31', 'db-1', 0.5)`;

describe.each([15, 18] as const)('on Postgres %i', (major) => {
  let cluster: EmbeddedCluster;
  let client: Client;

  const apply = async (direction: Direction) => {
    for (const { sql } of await readMigrations(direction)) await client.query(sql);
  };
  const asJob = async (sql: string, values: unknown[] = []) => {
    await client.query('SET ROLE nightshift');
    try {
      return await client.query(sql, values);
    } finally {
      await client.query('RESET ROLE');
    }
  };

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
    client = new Client(cluster.config('postgres'));
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await cluster?.stop();
  });

  test('every file that goes up has one that goes down, in the opposite order', async () => {
    const [up, down] = await Promise.all([readMigrations('up'), readMigrations('down')]);
    const names = (files: typeof up) => files.map(({ file }) => file.replace(/\.(up|down)\.sql$/, ''));
    expect(names(up).length).toBeGreaterThan(0);
    expect(names(up)).toEqual([...names(up)].sort());
    expect(names(down)).toEqual(names(up).reverse());
  });

  test('up, down and up again end where up did, and down leaves neither schema nor role', async () => {
    await apply('up');
    const first = await readSchemaDescription(client);
    await apply('down');
    const { rows } = await client.query(
      `SELECT to_regnamespace('nightshift') AS schema, to_regrole('nightshift') AS role`,
    );
    expect(rows).toEqual([{ schema: null, role: null }]);
    await apply('up');
    expect(await readSchemaDescription(client)).toEqual(first);
    expect(first.tables.map(({ name }) => name)).toEqual([
      'archive_batches',
      'archive_policies',
      'archive_rehydrations',
      'archive_runs',
      'integrity_checks',
      'view_refreshes',
    ]);
    expect(first.views.map(({ name }) => name)).toEqual(['archive_jobs', 'v_archive_statistics']);
  });

  test('what is there already is left as it is: up twice changes nothing', async () => {
    const before = await readSchemaDescription(client);
    await apply('up');
    expect(await readSchemaDescription(client)).toEqual(before);
  });

  test('the job adds to the ledger and notes the lock; it cannot change or delete what stands there', async () => {
    await asJob(batch, ['2026-01-02', 'archive/a.parquet']);
    await asJob('UPDATE nightshift.archive_batches SET locked_at = now(), locked_until = now()');
    const denied = /permission denied for table archive_batches/;
    await expect(asJob('UPDATE nightshift.archive_batches SET rows = 0')).rejects.toThrow(denied);
    await expect(asJob('DELETE FROM nightshift.archive_batches')).rejects.toThrow(denied);
    await expect(asJob('TRUNCATE nightshift.archive_batches')).rejects.toThrow(denied);
  });

  test('no file is entered twice, and none without its proof', async () => {
    await expect(asJob(batch, ['2026-01-03', 'archive/a.parquet'])).rejects.toThrow(
      /archive_batches_object_key_key/,
    );
    const without = batch.replace("repeat('a', 64)", 'NULL');
    await expect(asJob(without, ['2026-01-03', 'archive/b.parquet'])).rejects.toThrow(
      /violates check constraint/,
    );
  });

  test('a batch carries the id of the transaction that wrote it', async () => {
    const { rows } = await client.query(
      'SELECT pg_xact_status(transaction_id) AS status, transaction_id::xid = xmin AS same FROM nightshift.archive_batches LIMIT 1',
    );
    // xmin is that of the later update of locked_at; the batch keeps its own.
    expect(rows).toEqual([{ status: 'committed', same: false }]);
  });

  test('the views tell jobs and statistics out of batches, runs and policies', async () => {
    await asJob(`INSERT INTO nightshift.archive_policies (policy, age_column, older_than_days, destination, settings, seen_in_slot)
                 VALUES ('public.audit_log', 'timestamp', 365, 's3', '{}', '2026-01-02')`);
    await asJob(`INSERT INTO nightshift.archive_runs (slot, policy, status, days_behind, dead_rows)
                 VALUES ('2026-01-02', 'public.audit_log', 'completed', 1.5, 10), ('2026-01-02', 'public.ledger', 'refused', NULL, NULL)`);
    const jobs = await asJob(
      'SELECT job, status, records_archived, bytes_archived, batches FROM nightshift.archive_jobs ORDER BY 1',
    );
    expect(jobs.rows).toEqual([
      {
        job: 'public.audit_log',
        status: 'completed',
        records_archived: '10',
        bytes_archived: '100',
        batches: '1',
      },
      { job: 'public.ledger', status: 'refused', records_archived: '0', bytes_archived: '0', batches: '0' },
    ]);
    const statistics = await asJob(
      'SELECT policy, rows, compression, rows_per_second, older_than_days, last_status, days_behind FROM nightshift.v_archive_statistics',
    );
    expect(statistics.rows).toEqual([
      {
        policy: 'public.audit_log',
        rows: '10',
        compression: '10.0',
        rows_per_second: '20',
        older_than_days: 365,
        last_status: 'completed',
        days_behind: 1.5,
      },
    ]);
  });

  test('a ledger that holds something is not dropped', async () => {
    const down = await readMigrations('down');
    const ledger = down.find(({ file }) => file.startsWith('020_'));
    await expect(client.query(ledger?.sql ?? '')).rejects.toThrow(/must not be dropped/);
  });

  test('a role that something belongs to stays', async () => {
    await client.query(
      'DELETE FROM nightshift.archive_batches; CREATE TABLE kept (); ALTER TABLE kept OWNER TO nightshift',
    );
    await apply('down');
    const { rows } = await client.query(`SELECT to_regrole('nightshift') IS NOT NULL AS there`);
    expect(rows).toEqual([{ there: true }]);
  });
});
