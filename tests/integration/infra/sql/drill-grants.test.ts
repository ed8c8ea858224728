import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type Direction, readMigrations } from '../../../../infra/sql/migrations.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

const checkIndex = (schema: string) =>
  `SELECT ${schema}.bt_index_check('pg_catalog.pg_class_oid_index'::regclass, true)`;

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
  const schemaOfAmcheck = async (client: Client) => {
    const { rows } = await client.query<{ schema: string }>(
      `SELECT extnamespace::regnamespace::text AS schema FROM pg_extension WHERE extname = 'amcheck'`,
    );
    return rows[0]?.schema ?? null;
  };

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
  });
  afterAll(() => cluster?.stop());

  test('the role of the jobs looks through indexes and tables, and loads an export beside them', async () => {
    await inDatabase('drill', async (client) => {
      await client.query('REVOKE TEMPORARY ON DATABASE drill FROM PUBLIC');
      await apply(client, 'up');
      expect(await schemaOfAmcheck(client)).toBe('nightshift');
      await client.query('SET ROLE nightshift');
      await client.query(checkIndex('nightshift'));
      await client.query(`SELECT * FROM nightshift.verify_heapam('pg_catalog.pg_class'::regclass)`);
      await client.query('CREATE TEMPORARY TABLE exported (id integer)');
      await client.query('DROP TABLE exported; RESET ROLE');
      await apply(client, 'down');
      expect(await schemaOfAmcheck(client)).toBeNull();
      const { rows } = await client.query(`SELECT to_regrole('nightshift') AS role`);
      expect(rows).toEqual([{ role: null }]);
    });
  });

  test('an amcheck that was there before is used where it is, and left there', async () => {
    await inDatabase('before', async (client) => {
      await client.query('CREATE SCHEMA tools; CREATE EXTENSION amcheck SCHEMA tools');
      await apply(client, 'up');
      await client.query('SET ROLE nightshift');
      await client.query(checkIndex('tools'));
      await client.query('RESET ROLE');
      await apply(client, 'down');
      expect(await schemaOfAmcheck(client)).toBe('tools');
      const { rows } = await client.query(`SELECT to_regrole('nightshift') AS role`);
      expect(rows).toEqual([{ role: null }]);
    });
  });

  test('who may not install it is warned, and gets the rest', async () => {
    await inDatabase('plain', async (client) => {
      for (const { file, sql } of await readMigrations('up')) {
        if (!file.startsWith('050_')) await client.query(sql);
      }
      await client.query(
        'CREATE ROLE plain_admin; GRANT CREATE, TEMPORARY ON DATABASE plain TO plain_admin WITH GRANT OPTION',
      );
      await client.query('GRANT USAGE, CREATE ON SCHEMA nightshift TO plain_admin; SET ROLE plain_admin');
      const warnings: (string | undefined)[] = [];
      client.on('notice', ({ message }) => warnings.push(message));
      const drill = (await readMigrations('up')).find(({ file }) => file.startsWith('050_'));
      await client.query(drill?.sql ?? '');
      expect(warnings).toEqual([expect.stringMatching(/^amcheck is not installed \(permission denied/)]);
      await client.query('RESET ROLE');
      const { rows } = await client.query(
        `SELECT has_database_privilege('nightshift', 'plain', 'TEMPORARY') AS temporary`,
      );
      expect(rows).toEqual([{ temporary: true }]);
    });
  });
});
