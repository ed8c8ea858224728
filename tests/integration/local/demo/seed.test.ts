import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { grantRoles } from '../../../../infra/local/demo/roles.ts';
import { seedDemo } from '../../../../infra/local/demo/seed.ts';
import { DEMO_MATERIALIZED_VIEWS, demoTables } from '../../../../infra/local/demo/tables.ts';
import { databaseFingerprint } from '../../../support/database-fingerprint.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

const AUDIT_ROWS = 120_000;
const PASSWORDS = { nightshift: "it's \\secret", demo_app: 'app-secret' };
const NOW = new Date('2026-02-01T05:06:07Z');

let cluster: EmbeddedCluster;
let newer: EmbeddedCluster;
let owner: Client;
let app: Client;
let job: Client;
const progress: { step: string; auditRows: number }[] = [];

beforeAll(async () => {
  [cluster, newer] = await Promise.all([startEmbeddedCluster(15), startEmbeddedCluster(18)]);
  await cluster.createDatabase('menotime_demo');
  const config = cluster.config('menotime_demo');
  await seedDemo({
    connection: config,
    passwords: PASSWORDS,
    auditRows: AUDIT_ROWS,
    patients: 60,
    now: NOW,
    onProgress: (step) => progress.push(step),
  });
  owner = new Client(config);
  app = new Client({ ...config, user: 'demo_app', password: PASSWORDS.demo_app });
  job = new Client({ ...config, user: 'nightshift', password: PASSWORDS.nightshift });
  await Promise.all([owner, app, job].map((client) => client.connect()));
});

afterAll(async () => {
  await Promise.all([owner, app, job].map((client) => client?.end()));
  await Promise.all([cluster?.stop(), newer?.stop()]);
});

async function value<T>(sql: string, client: Client = owner): Promise<T | undefined> {
  const { rows } = await client.query<{ value: T }>(sql);
  return rows[0]?.value;
}

describe('the seed', () => {
  test('gives the same rows for the same day, on either major version, and others for another day', async () => {
    const small = { passwords: {}, auditRows: 500, patients: 20 };
    const fingerprint = async (on: EmbeddedCluster, name: string, now: string) => {
      await on.createDatabase(name);
      await seedDemo({ ...small, connection: on.config(name), now: new Date(now) });
      const client = new Client(on.config(name));
      await client.connect();
      return databaseFingerprint(client).finally(() => client.end());
    };
    const [one, two, again, three] = await Promise.all([
      fingerprint(cluster, 'one', '2026-02-01T00:00:00Z'),
      fingerprint(newer, 'two', '2026-02-01T12:00:00Z'),
      fingerprint(cluster, 'again', '2026-02-01T23:59:59Z'),
      fingerprint(cluster, 'three', '2026-02-02T00:00:00Z'),
    ]);
    expect(Object.keys(one).length).toBeGreaterThan(40);
    expect(two).toEqual(one);
    expect(again).toEqual(one);
    expect(three['public.audit_log']).not.toEqual(one['public.audit_log']);
    expect(three['oddities.every_type']).toEqual(one['oddities.every_type']);
  });

  test('refuses a database that has been seeded', async () => {
    await expect(seedDemo({ connection: cluster.config('menotime_demo'), passwords: {} })).rejects.toThrow(
      'give an empty database',
    );
  });

  test('tells how far the audit log is', () => {
    expect(progress.filter(({ step }) => step === 'audit log').map(({ auditRows }) => auditRows)).toEqual([
      100_000,
      AUDIT_ROWS,
    ]);
  });

  test('leaves every table of the demo filled', async () => {
    for (const table of demoTables()) {
      expect([table, await value(`SELECT EXISTS (SELECT FROM ${table}) AS value`)]).toEqual([table, true]);
    }
  });
});

describe('the roles', () => {
  test('may be granted by several seeds at the same time', async () => {
    const seeds = Array.from({ length: 6 }, async () => {
      const client = new Client(cluster.config('menotime_demo'));
      await client.connect();
      return grantRoles(client, { demo_readonly: 'read' }).finally(() => client.end());
    });
    await expect(Promise.all(seeds)).resolves.toHaveLength(6);
  });
});

describe('the clinic', () => {
  test('has the audit log as described, over three years', async () => {
    const { rows } = await owner.query(
      `SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids, count(DISTINCT action)::int AS actions,
         min(timestamp) >= '2023-02-01' AND min(timestamp) < '2023-02-03' AS starts,
         max(timestamp) < '2026-02-01' AND max(timestamp) > '2026-01-31' AS ends,
         bool_and((action = 'INSERT') = (old_values IS NULL) AND (action = 'DELETE') = (new_values IS NULL)) AS fits,
         avg(pg_column_size(a))::int BETWEEN 250 AND 320 AS of_usual_size, count(*) > count(user_id) AS some_without_user
       FROM audit_log a`,
    );
    expect(rows).toEqual([
      {
        ...{ rows: AUDIT_ROWS, ids: AUDIT_ROWS, actions: 3, starts: true, ends: true },
        ...{ fits: true, of_usual_size: true, some_without_user: true },
      },
    ]);
  });

  test('has the types, index, key and next id that its users know', async () => {
    const { rows } = await owner.query(
      `SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) AS columns
       FROM pg_attribute WHERE attrelid = 'audit_log'::regclass AND attnum > 0`,
    );
    expect(rows[0].columns).toBe(
      'id integer, user_id integer, table_name character varying(255), action character varying(10), ' +
        'old_values json, new_values json, timestamp timestamp without time zone',
    );
    const indexes = await owner.query(
      `SELECT indexname FROM pg_indexes WHERE tablename = 'audit_log' ORDER BY 1`,
    );
    expect(indexes.rows.map((row) => row.indexname)).toEqual(['audit_log_pkey', 'ix_audit_log_timestamp']);
    expect(await value(`SELECT nextval('audit_log_id_seq')::int AS value`)).toBe(AUDIT_ROWS + 1);
    await expect(
      owner.query(`INSERT INTO audit_log (user_id, table_name, action) VALUES (9999, 'x', 'INSERT')`),
    ).rejects.toMatchObject({ code: '23503' });
  });
});

const BROKEN_LINKS = `
  SELECT count(*)::int AS value FROM (
    SELECT e.entry_hash <> ledger_entry_hash(e) OR e.prev_entry_hash IS DISTINCT FROM
      lag(e.entry_hash) OVER (PARTITION BY organisation_id ORDER BY created_at, id) AS broken
    FROM ledger_entries e) links WHERE broken`;

const NEXT_ENTRY = (id: string, previous: string) => `
  INSERT INTO ledger_entries (id, organisation_id, type, amount, currency, visibility, prev_entry_hash, entry_hash)
  VALUES ('${id}', 'org_solo', 'fee', 1, 'EUR', 'public', ${previous}, 'sha256:' || repeat('a', 64))`;
const LAST_HASH = `(SELECT entry_hash FROM ledger_entries WHERE organisation_id = 'org_solo')`;

describe('the ledger', () => {
  test('has a valid chain for each organisation', async () => {
    expect(await value(`SELECT count(DISTINCT organisation_id)::int AS value FROM ledger_entries`)).toBe(5);
    expect(await value(BROKEN_LINKS)).toBe(0);
  });

  test.each([
    ['UPDATE', 'UPDATE ledger_entries SET amount = 0', '23001'],
    ['DELETE', 'DELETE FROM ledger_entries', '23001'],
    ['TRUNCATE', 'TRUNCATE ledger_entries', '23001'],
    ['a wrong previous hash', NEXT_ENTRY('x', `'sha256:' || repeat('b', 64)`), '23000'],
    ['a missing previous hash', NEXT_ENTRY('x', 'NULL'), '23000'],
  ])('refuses %s', async (_what, sql, code) => {
    await expect(owner.query(sql)).rejects.toMatchObject({ code });
  });

  test('takes an entry that continues the chain, and shows one that was tampered with', async () => {
    await owner.query('BEGIN');
    await owner.query(NEXT_ENTRY('le_next', LAST_HASH));
    expect(await value(BROKEN_LINKS)).toBe(1);
    await owner.query('ROLLBACK');
  });

  test("hides other organisations from the application and nothing from the jobs' role", async () => {
    const count = 'SELECT count(*)::int AS value FROM ledger_entries';
    expect(await value(count, app)).toBe(0);
    await app.query(`SET app.current_org_id = 'org_cedar'`);
    expect(await value(count, app)).toBe(200);
    await job.query('SET row_security = off');
    expect(await value(count, job)).toBe(1501);
    await app.query('SET row_security = off');
    await expect(app.query(count)).rejects.toMatchObject({ code: '42501' });
  });

  test('hides them from an owner who is no superuser, too', async () => {
    await owner.query('BEGIN; CREATE ROLE plain_owner; GRANT USAGE ON SCHEMA public TO plain_owner');
    await owner.query('ALTER TABLE ledger_entries OWNER TO plain_owner; SET LOCAL ROLE plain_owner');
    expect(await value('SELECT count(*)::int AS value FROM ledger_entries')).toBe(0);
    await owner.query('ROLLBACK');
  });

  test('may not be changed by the application at all', async () => {
    await expect(app.query('UPDATE ledger_entries SET amount = 0')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('the simulator', () => {
  test('has nine composite, six partial and two covering indexes', async () => {
    const { rows } = await owner.query(
      `SELECT count(*) FILTER (WHERE indpred IS NULL AND indnatts = indnkeyatts AND indnkeyatts > 1)::int AS composite,
         count(*) FILTER (WHERE indpred IS NOT NULL)::int AS partial,
         count(*) FILTER (WHERE indnatts > indnkeyatts)::int AS covering
       FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE c.relname LIKE 'idx\\_%'`,
    );
    expect(rows).toEqual([{ composite: 9, partial: 6, covering: 2 }]);
  });

  test('has its materialized views filled, refreshable concurrently in their order', async () => {
    for (const view of DEMO_MATERIALIZED_VIEWS) {
      await owner.query(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${view}`);
      expect(await value(`SELECT count(*) > 10 AS value FROM ${view}`)).toBe(true);
    }
  });
});

describe('the oddities', () => {
  test('hold what naive code loses', async () => {
    expect(
      await value(
        `SELECT bool_or(scale(a_numeric) + length(trunc(a_numeric)::text) > 38) AS value FROM oddities.every_type`,
      ),
    ).toBe(true);
    expect(await value(`SELECT min(length(body)) AS value FROM oddities.big_values`)).toBe(2 ** 20);
    expect(await value('SELECT count(*)::int AS value FROM oddities."a ""quoted"" name"')).toBe(1);
    expect(await value('SELECT count(*)::int AS value FROM oddities.by_month_default')).toBe(31);
    expect(await value(`SELECT count(*)::int AS value FROM oddities.empty_table`)).toBe(0);
  });

  test('do not keep the statement view from being read: a slow statement is in it', async () => {
    await value('SELECT 1 AS value FROM pg_sleep(1.2)');
    const slept = `SELECT count(*)::int AS value FROM slow_statements s WHERE s::text LIKE '%FROM pg_sleep(%'`;
    expect(await value(slept)).toBe(1);
  });
});
