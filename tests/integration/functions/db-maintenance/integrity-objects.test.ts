import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { damageBlocks } from '../../../support/damage-file.ts';
import { eventually } from '../../../support/detached-stage.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

const integrity = { sharePerRun: 1, pauseMs: 0 };
const secret = 'ada@menotime.example';

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  const connected: Client[] = [];
  const superuser = async () => {
    const client = new Client(stage.cluster.config('tidy'));
    client.on('error', () => undefined);
    await client.connect();
    connected.push(client);
    return client;
  };
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
  });
  afterAll(async () => {
    await Promise.all(connected.map((client) => client.end().catch(() => undefined)));
    await stage?.stop();
  });

  const work = async (tables: readonly string[], more: object = {}) => {
    const { outcomes } = await stage.work('integrity', { integrity: { ...integrity, ...more } }, { tables });
    return outcomes.map(({ kind, target, status, reason }) => ({ kind, target, status, reason }));
  };

  test('partitions, what is unlogged, and what keeps long values are looked through; what is temporary is not', async () => {
    const client = await superuser();
    await client.query(/* sql */ `
      CREATE TABLE parted (id integer PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
      CREATE UNLOGGED TABLE fleeting (id integer PRIMARY KEY);
      CREATE TABLE docs (id integer, body text);
      CREATE TEMP TABLE mine (id integer PRIMARY KEY, body text);
      INSERT INTO parted VALUES (1); INSERT INTO fleeting VALUES (1); ALTER TABLE docs ALTER body SET STORAGE EXTERNAL; INSERT INTO docs VALUES (1, repeat('x', 9000));
      CREATE TABLE short (id integer, body text); INSERT INTO mine VALUES (1)`);
    const done = await work([
      'public.parted_1',
      'public.fleeting',
      'public.docs',
      'public.short',
      'public.mine',
    ]);
    expect(new Set(done.map(({ status }) => status))).toEqual(new Set(['done']));
    const targets = done.map(({ target }) => target.replace(/\d{4,}/, 'N')).sort();
    expect(targets).toEqual([
      'pg_toast.pg_toast_N',
      'pg_toast.pg_toast_N_index',
      'public.docs',
      'public.fleeting',
      'public.fleeting_pkey',
      'public.parted_1',
      'public.parted_1_pkey',
      'public.short',
    ]);
    expect(done.find(({ target }) => /_N$|toast_\d+$/.test(target))?.reason).toContain('public.docs');
  });

  test('damage in what keeps long values is found', async () => {
    const client = await superuser();
    await client.query(/* sql */ `CREATE TABLE letters (id integer, body text);
      ALTER TABLE letters ALTER body SET STORAGE EXTERNAL;
      INSERT INTO letters SELECT g, repeat('${secret} ', 900) FROM generate_series(1, 20) g`);
    const { rows } = await client.query<{ name: string }>(
      `SELECT reltoastrelid::regclass::text AS name FROM pg_class WHERE oid = 'letters'::regclass`,
    );
    await damageBlocks(stage.cluster.config('tidy'), rows[0]?.name ?? '', [3]);
    const found = await work(['public.letters']);
    // The index is sound, and cannot be compared with what cannot be read.
    expect(found.filter(({ status }) => status === 'damaged')).toEqual([
      {
        kind: 'check table',
        target: rows[0]?.name,
        status: 'damaged',
        reason: expect.stringMatching(/^block 3: XX001: invalid page in block 3/),
      },
      {
        kind: 'check index',
        target: `${rows[0]?.name}_index`,
        status: 'damaged',
        reason: expect.stringMatching(
          /^XX001: it cannot be compared with its table, which is damaged: invalid page/,
        ),
      },
    ]);
    expect(JSON.stringify(found)).not.toContain(secret);
  });

  test('an index that lacks a row of its table is damaged', async () => {
    const client = await superuser();
    await client.query(/* sql */ `CREATE TABLE gappy (id integer, words text);
      INSERT INTO gappy SELECT g, '${secret}' FROM generate_series(1, 500) g; CREATE INDEX gappy_id ON gappy (id);
      UPDATE pg_index SET indisready = false WHERE indexrelid = 'gappy_id'::regclass`);
    await client.query(`INSERT INTO gappy VALUES (1000, '${secret}')`);
    await client.query(`UPDATE pg_index SET indisready = true WHERE indexrelid = 'gappy_id'::regclass`);
    const found = await work(['public.gappy']);
    expect(found.find(({ target }) => target === 'public.gappy_id')).toMatchObject({
      status: 'damaged',
      reason: expect.stringMatching(
        /^XX001: heap tuple .* lacks matching index tuple within index "gappy_id"/,
      ),
    });
    expect(JSON.stringify(found)).not.toContain(secret);
  });

  test('an index over its own limit is given up, and that is said; the others are looked through', async () => {
    const client = await superuser();
    await client.query(/* sql */ `CREATE TABLE big (id integer, v integer);
      INSERT INTO big SELECT g, g FROM generate_series(1, 100000) g; CREATE INDEX big_id ON big (id)`);
    const found = await work(['public.big'], { indexLimitMinutes: 1 / 60_000 });
    expect(found).toMatchObject([
      { target: 'public.big', status: 'done' },
      {
        target: 'public.big_id',
        status: 'failed',
        reason: expect.stringMatching(/57014.*integrity\.indexLimitMinutes/),
      },
    ]);
    // It is tried again, after all that was not tried since.
    expect(await work(['public.big'])).toMatchObject([{ target: 'public.big_id', status: 'done' }]);
  });

  test('what an index’s own function says of a row stays in the database', async () => {
    const client = await superuser();
    await client.query(/* sql */ `CREATE FUNCTION strict_of(text) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RETURN length($1); END$$;
      CREATE TABLE told (words text); INSERT INTO told VALUES ('${secret}'); CREATE INDEX told_of ON told (strict_of(words));
      CREATE OR REPLACE FUNCTION strict_of(text) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RAISE 'no: %', $1; END$$`);
    const found = await work(['public.told']);
    expect(found.find(({ target }) => target === 'public.told_of')).toMatchObject({ status: 'failed' });
    const { rows } = await client.query('SELECT * FROM nightshift.integrity_checks');
    expect(JSON.stringify([found, rows])).not.toContain(secret);
  });

  test('an index that is being built anew is looked through, and the new one not before it is whole', async () => {
    const [holder, builder] = [await superuser(), await superuser()];
    await holder.query(
      'CREATE TABLE live (id integer PRIMARY KEY, v integer); INSERT INTO live VALUES (1, 1)',
    );
    await holder.query('BEGIN; UPDATE live SET v = 2');
    const building = builder.query('REINDEX INDEX CONCURRENTLY live_pkey');
    const watcher = await superuser();
    await eventually(async () => {
      const { rows } = await watcher.query('SELECT FROM pg_index WHERE NOT indisvalid');
      return rows[0];
    });
    const found = await work(['public.live']);
    expect(found).toMatchObject([
      { target: 'public.live', status: 'done' },
      { target: 'public.live_pkey', status: 'done' },
    ]);
    await holder.query('COMMIT');
    await building;
  });

  test('a table that is dropped in the middle leaves no finding', async () => {
    const client = await superuser();
    await client.query('CREATE TABLE leaving (id integer, words char(900)) WITH (fillfactor = 10)');
    await client.query(`INSERT INTO leaving SELECT g, 'x' FROM generate_series(1, 200) g`);
    const working = work(['public.leaving'], { rangeMiB: 0.125, paceMiBPerSecond: 0.5 });
    const look = async () => {
      const { rows } = await client.query(
        `SELECT FROM nightshift.integrity_checks WHERE object = 'public.leaving' AND next_block > 0`,
      );
      return rows[0];
    };
    await eventually(look);
    await client.query('DROP TABLE leaving');
    const found = await working;
    expect(found.find(({ target }) => target === 'public.leaving')?.status).toBe('dropped meanwhile');
    const { rows } = await client.query(
      'SELECT object FROM nightshift.integrity_checks WHERE finding IS NOT NULL AND object = $1',
      ['public.leaving'],
    );
    expect(rows).toEqual([]);
  });
});
