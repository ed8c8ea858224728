import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClientConfig } from 'pg';
import { type BaseBackup, takeBaseBackup } from '../../../../infra/local/postgres/base-backup.ts';
import { POSTGRES_MAJORS } from '../../../../infra/local/postgres/binaries.ts';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import { copyCluster } from '../../../../infra/local/postgres/data-directory.ts';
import { RecoveryTargetNotReachedError, startRecovered } from '../../../../infra/local/postgres/recovery.ts';
import { startServer } from '../../../../infra/local/postgres/server.ts';
import { listSegments } from '../../../../infra/local/postgres/wal-archive.ts';
import { type Bench, type Cluster, connectTo, newFolder, openBench, startCluster } from './cluster.ts';
import { startTransfers } from './transfers.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

async function backUp(cluster: Cluster, extra: { previous?: BaseBackup } = {}): Promise<BaseBackup> {
  return takeBaseBackup({
    connection: cluster.connection,
    dataDirectory: cluster.server.dataDirectory,
    archiveFolder: cluster.archiveFolder,
    destination: path.join(await newFolder(bench, 'backup-'), 'data'),
    ...extra,
  });
}

async function newDataDirectory(backup: BaseBackup): Promise<string> {
  const dataDirectory = path.join(await newFolder(bench, 'restored-'), 'data');
  await copyCluster(bench.host, backup.folder, dataDirectory);
  return dataDirectory;
}

const one = async (connection: ClientConfig, sql: string) =>
  withConnection(connection, async (client) => (await client.query(sql)).rows[0]);

const TRANSFERS = /* sql */ `
  SELECT (SELECT sum(balance)::int FROM account) AS total,
         (SELECT count(*)::int FROM transfer) AS transfers,
         (SELECT coalesce(max(n), 0)::int FROM transfer) AS newest,
         (SELECT balance::int FROM account WHERE id = 2) AS moved`;

describe.each(POSTGRES_MAJORS)('PostgreSQL %s', (major) => {
  test('a backup taken under a writing client restores to one moment; the source goes on', async () => {
    const cluster = await startCluster(bench, major);
    const transfers = await startTransfers(cluster.connection);
    await transfers.reached(50);
    const progress: number[] = [];
    let checkpoint: Promise<unknown> | undefined;
    const before = transfers.committed();
    const backup = await takeBaseBackup({
      connection: cluster.connection,
      dataDirectory: cluster.server.dataDirectory,
      archiveFolder: cluster.archiveFolder,
      destination: path.join(bench.folder, `under-load-${major}`),
      onProgress: (copied, total) => {
        progress.push(copied / total);
        // Recovery must begin where the backup did, whatever the copied control file says.
        if (copied > total / 2) checkpoint ??= one(cluster.connection, 'CHECKPOINT');
      },
    });
    await checkpoint;
    await transfers.reached(transfers.committed() + 20);
    const after = await transfers.stop();

    const dataDirectory = await newDataDirectory(backup);
    const settings = { certificate: bench.certificateFiles };
    const restored = await startServer(bench.host, { major, dataDirectory, settings });
    expect(existsSync(path.join(dataDirectory, 'backup_label.old'))).toBe(true);
    const connection = connectTo(bench, restored.port);
    const row = await one(connection, TRANSFERS);
    expect(row.total).toBe(1_000_000);
    expect(row.newest).toBe(row.transfers);
    expect(row.moved).toBe(row.transfers);
    expect(row.transfers).toBeGreaterThanOrEqual(before);
    expect(row.transfers).toBeLessThan(after);
    await one(connection, 'CREATE EXTENSION amcheck');
    await one(
      connection,
      `SELECT bt_index_check(indexrelid, true) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
      WHERE c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree') AND c.relpersistence = 'p'`,
    );
    expect((await one(connection, `SELECT count(*)::int AS n FROM verify_heapam('transfer')`)).n).toBe(0);
    expect((await one(cluster.connection, TRANSFERS)).transfers).toBe(after);
    expect(progress.at(-1)).toBeLessThanOrEqual(1);
    expect(progress.length).toBeGreaterThan(100);
    await restored.discard();
    await cluster.server.discard();
  });

  test('recovery to a time leaves out what was committed later, and does not touch the archive that it reads', async () => {
    const cluster = await startCluster(bench, major);
    await one(cluster.connection, 'CREATE TABLE event (name text)');
    const backup = await backUp(cluster);
    await one(cluster.connection, `INSERT INTO event VALUES ('kept')`);
    const { now } = await one(cluster.connection, 'SELECT clock_timestamp() AS now');
    await sleep(5);
    await one(cluster.connection, `INSERT INTO event VALUES ('too late')`);
    await cluster.server.stop(); // archives the last segment
    const archived = await listSegments(cluster.archiveFolder);

    const dataDirectory = await newDataDirectory(backup);
    const archiveFolder = await newFolder(bench, 'archive-');
    const restored = await startRecovered(
      bench.host,
      { major, dataDirectory, settings: { certificate: bench.certificateFiles, archiveFolder } },
      { sourceArchive: cluster.archiveFolder, targetTime: new Date(now.getTime() + 1) },
    );
    const connection = connectTo(bench, restored.port);
    expect(await one(connection, 'SELECT array_agg(name) AS names FROM event')).toEqual({ names: ['kept'] });
    await one(connection, `INSERT INTO event VALUES ('its own life')`);
    await restored.stop();
    expect(await listSegments(cluster.archiveFolder)).toEqual(archived);
    expect((await listSegments(archiveFolder)).every((name) => name.startsWith('00000002'))).toBe(true);
  });

  test('recovery to a time beyond the archive fails and says so', async () => {
    const cluster = await startCluster(bench, major);
    const backup = await backUp(cluster);
    await cluster.server.stop();
    const starting = startRecovered(
      bench.host,
      {
        major,
        dataDirectory: await newDataDirectory(backup),
        settings: { certificate: bench.certificateFiles },
      },
      { sourceArchive: cluster.archiveFolder, targetTime: new Date(Date.now() + 3_600_000) },
    );
    await expect(starting).rejects.toBeInstanceOf(RecoveryTargetNotReachedError);
    await expect(starting).rejects.toThrow(/archived WAL ends earlier/);
  });
});

test('a second backup shares what has not changed since the first and still stands by itself', async () => {
  const cluster = await startCluster(bench);
  await one(cluster.connection, 'CREATE TABLE note (n int)');
  await one(cluster.connection, 'INSERT INTO note SELECT generate_series(1, 10000)');
  await one(cluster.connection, 'CHECKPOINT');
  await sleep(2_100); // only files that have settled may be shared
  const first = await backUp(cluster);
  await one(cluster.connection, 'UPDATE note SET n = n + 1');
  const second = await backUp(cluster, { previous: first });
  const third = await backUp(cluster, { previous: first });
  const restoredSums = [];
  for (const backup of [first, second, third]) {
    const dataDirectory = await newDataDirectory(backup);
    const server = await startServer(bench.host, {
      major: 15,
      dataDirectory,
      settings: { certificate: bench.certificateFiles },
    });
    restoredSums.push((await one(connectTo(bench, server.port), 'SELECT sum(n)::int AS sum FROM note')).sum);
    await server.discard();
  }
  expect(restoredSums).toEqual([50_005_000, 50_015_000, 50_015_000]);
});
