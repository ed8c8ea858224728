import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type Direction, readMigrations } from '../../../../infra/sql/migrations.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

const begin = /* sql */ `INSERT INTO nightshift.view_refreshes (view_id, view, slot, method, evidence)
  VALUES ('public.totals'::regclass, 'public.totals', $1, 'plain', '{}')`;

describe.each([15, 18] as const)('on Postgres %i', (major) => {
  let cluster: EmbeddedCluster;

  const inDatabase = async (name: string, use: (client: Client) => Promise<void>) => {
    await cluster.createDatabase(name);
    const client = new Client(cluster.config(name));
    await client.connect();
    try {
      await use(client);
    } finally {
      await client.end();
    }
  };
  const apply = async (client: Client, direction: Direction) => {
    for (const { sql } of await readMigrations(direction)) await client.query(sql);
  };

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
  });
  afterAll(() => cluster?.stop());

  test('the job keeps its refreshes and its checks, and nobody else reads them', async () => {
    await inDatabase('kept', async (client) => {
      await apply(client, 'up');
      await client.query('CREATE MATERIALIZED VIEW totals AS SELECT 1 AS one');
      await client.query('SET ROLE nightshift');
      await client.query(begin, ['2026-01-02']);
      await client.query(
        `UPDATE nightshift.view_refreshes SET ended_at = clock_timestamp(), rows = 1, bytes = 8192`,
      );
      await expect(client.query(begin, ['2026-01-02'])).rejects.toThrow(/view_refreshes_pkey/);
      await client.query(begin, ['2026-01-03']);
      await client.query(`DELETE FROM nightshift.view_refreshes WHERE slot = '2026-01-02'`);
      await client.query(
        `INSERT INTO nightshift.integrity_checks (object, slot) VALUES ('public.totals', '2026-01')`,
      );
      await client.query(
        'RESET ROLE; CREATE ROLE stranger; GRANT USAGE ON SCHEMA nightshift TO stranger; SET ROLE stranger',
      );
      for (const table of ['view_refreshes', 'integrity_checks']) {
        await expect(client.query(`SELECT FROM nightshift.${table}`)).rejects.toThrow(/permission denied/);
      }
      await client.query('RESET ROLE; DROP OWNED BY stranger; DROP ROLE stranger');
      await apply(client, 'down');
      const { rows } = await client.query(`SELECT to_regrole('nightshift') AS role`);
      expect(rows).toEqual([{ role: null }]);
    });
  });

  test('the role measures bloat, and from 17 on maintains what others own', async () => {
    await inDatabase('maintained', async (client) => {
      await apply(client, 'up');
      await client.query(`CREATE TABLE visits (id integer PRIMARY KEY);
                          CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM visits; SET ROLE nightshift`);
      await client.query(`SELECT avg_leaf_density FROM nightshift.pgstatindex('visits_pkey')`);
      const refresh = client.query('REFRESH MATERIALIZED VIEW totals');
      if (major >= 17) await refresh;
      else await expect(refresh).rejects.toThrow(/must be owner of materialized view totals/);
      await client.query('RESET ROLE');
      await apply(client, 'down');
      const { rows } = await client.query(`SELECT FROM pg_extension WHERE extname = 'pgstattuple'`);
      expect(rows).toEqual([]);
    });
  });

  test('who may not install pgstattuple is warned, and one that was there before stays', async () => {
    await inDatabase('plain', async (client) => {
      const files = await readMigrations('up');
      for (const { file, sql } of files) if (file < '060') await client.query(sql);
      await client.query(
        `CREATE ROLE plain_admin; GRANT USAGE, CREATE ON SCHEMA nightshift TO plain_admin WITH GRANT OPTION; SET ROLE plain_admin`,
      );
      const warnings: (string | undefined)[] = [];
      client.on('notice', ({ message }) => warnings.push(message));
      await client.query(files.find(({ file }) => file.startsWith('060_'))?.sql ?? '');
      expect(warnings).toContainEqual(
        expect.stringMatching(/^pgstattuple is not installed \(permission denied/),
      );
      expect(warnings.some((warning) => /^pg_maintain is not granted/.test(warning ?? ''))).toBe(major >= 17);
    });
    await inDatabase('before', async (client) => {
      await client.query('CREATE SCHEMA tools; CREATE EXTENSION pgstattuple SCHEMA tools');
      await apply(client, 'up');
      await client.query('CREATE TABLE visits (id integer PRIMARY KEY); SET ROLE nightshift');
      await client.query(`SELECT avg_leaf_density FROM tools.pgstatindex('visits_pkey')`);
      await client.query('RESET ROLE');
      await apply(client, 'down');
      const { rows } = await client.query(
        `SELECT extnamespace::regnamespace::text AS schema FROM pg_extension WHERE extname = 'pgstattuple'`,
      );
      expect(rows).toEqual([{ schema: 'tools' }]);
    });
  });
});
