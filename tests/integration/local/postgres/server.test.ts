import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { POSTGRES_MAJORS } from '../../../../infra/local/postgres/binaries.ts';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import { copyCluster } from '../../../../infra/local/postgres/data-directory.ts';
import { startServer } from '../../../../infra/local/postgres/server.ts';
import { type Bench, type Cluster, connectTo, openBench, startCluster } from './cluster.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe.each(POSTGRES_MAJORS)('PostgreSQL %s', (major) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(bench, major);
  });

  test('answers over verified TLS, with checksums and statement statistics as on RDS', async () => {
    const answer = await withConnection(cluster.connection, async (client) => {
      const { rows } = await client.query(/* sql */ `
        SELECT current_setting('server_version_num')::int / 10000 AS major,
               current_setting('data_checksums') AS checksums,
               current_setting('shared_preload_libraries') AS libraries,
               current_setting('server_encoding') AS encoding,
               current_setting('archive_mode') AS archive_mode,
               (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls`);
      return rows[0];
    });
    expect(answer).toEqual({
      major,
      checksums: 'on',
      libraries: 'pg_stat_statements',
      encoding: 'UTF8',
      archive_mode: 'on',
      tls: true,
    });
  });

  test('refuses a client without TLS and one with a wrong password, and is refused by one that does not know its certificate', async () => {
    const plain = new Client({ ...cluster.connection, ssl: false });
    await expect(plain.connect()).rejects.toThrow(/no encryption/);
    const stranger = new Client({ ...cluster.connection, password: 'guess' });
    await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
    const distrustful = new Client({ ...cluster.connection, ssl: true });
    await expect(distrustful.connect()).rejects.toThrow(/self-signed certificate/);
    distrustful.on('error', () => undefined);
    const certificate = new X509Certificate(bench.certificate.certificatePem);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('db.example.com')).toBeUndefined();
  });

  test('keeps every commit when it is killed', async () => {
    const own = await startCluster(bench, major);
    await withConnection(own.connection, async (client) => {
      await client.query('CREATE TABLE kept (id int)');
      await client.query('INSERT INTO kept SELECT generate_series(1, 1000)');
    });
    await own.server.kill();
    const again = await startServer(bench.host, {
      major,
      dataDirectory: own.server.dataDirectory,
      settings: { certificate: bench.certificateFiles, archiveFolder: own.archiveFolder },
    });
    expect(again.log()).toContain('was not properly shut down');
    const rows = await withConnection(connectTo(bench, again.port), (client) =>
      client.query('SELECT count(*)::int AS n FROM kept'),
    );
    expect(rows.rows).toEqual([{ n: 1000 }]);
    await again.stop();
  });

  test('starts from a copy of a cleanly stopped data directory', async () => {
    const template = await startCluster(bench, major);
    await template.server.stop();
    const dataDirectory = path.join(bench.folder, `copy-${major}`);
    await copyCluster(bench.host, template.server.dataDirectory, dataDirectory);
    const server = await startServer(bench.host, {
      major,
      dataDirectory,
      settings: { certificate: bench.certificateFiles, parameters: { work_mem: '5MB' } },
    });
    const rows = await withConnection(connectTo(bench, server.port), (client) =>
      client.query('SHOW work_mem'),
    );
    expect(rows.rows).toEqual([{ work_mem: '5MB' }]);
    await server.discard();
    expect(existsSync(path.join(dataDirectory, 'PG_VERSION'))).toBe(true);
  });
});

test('a server that cannot start says why, in the words of Postgres', async () => {
  const { server } = await startCluster(bench);
  await server.stop();
  const starting = startServer(bench.host, {
    major: 15,
    dataDirectory: server.dataDirectory,
    settings: { certificate: bench.certificateFiles, parameters: { max_connections: 'many' } },
  });
  await expect(starting).rejects.toThrow(/invalid value for parameter "max_connections"/);
});

test('a start that is called off leaves no server', async () => {
  const { server } = await startCluster(bench);
  await server.stop();
  const starting = startServer(bench.host, {
    major: 15,
    dataDirectory: server.dataDirectory,
    settings: { certificate: bench.certificateFiles },
    signal: AbortSignal.abort(new Error('called off')),
  });
  await expect(starting).rejects.toThrow('called off');
  expect(existsSync(path.join(server.dataDirectory, 'postmaster.pid'))).toBe(false);
});
