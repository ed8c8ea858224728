import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../../../support/detached-stage.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

const bloat = { minMiB: 0.1 };
const off = 'WITH (autovacuum_enabled = false)';

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  const connected: Client[] = [];
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
  });
  afterAll(async () => {
    await Promise.all(connected.map((client) => client.end().catch(() => undefined)));
    await stage?.stop();
  });

  /** As the superuser, also after the server has started anew. */
  const superuser = async () => {
    const client = new Client(stage.cluster.config('tidy'));
    client.on('error', () => undefined);
    await client.connect();
    connected.push(client);
    return client;
  };

  /** A table whose index is four fifths empty. */
  const createBloated = async (client: Client, table: string) => {
    await client.query(`CREATE TABLE ${table} (id integer, v integer) ${off}`);
    await client.query(`INSERT INTO ${table} SELECT g, g FROM generate_series(1, 20000) g`);
    await client.query(`CREATE INDEX ${table}_v ON ${table} (v)`);
    await client.query(`DELETE FROM ${table} WHERE id % 5 <> 0`);
    await client.query(`ALTER TABLE ${table} OWNER TO app`);
    await client.query(`VACUUM (ANALYZE) ${table}`);
  };
  const indexes = async (client: Client, table: string) => {
    const { rows } = await client.query<{ name: string; valid: boolean }>(
      `SELECT relname AS name, indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE indrelid = $1::regclass ORDER BY relname`,
      [table],
    );
    return rows.map(({ name, valid }) => (valid ? name : `${name} (invalid)`));
  };
  const rebuilding = (client: Client) => async () => {
    const { rows } = await client.query<{ pid: number; phase: string }>(
      'SELECT pid, phase FROM pg_stat_progress_create_index',
    );
    return rows[0];
  };
  const work = (table: string) => stage.work('indexes', { bloat }, { tables: [`public.${table}`] });

  test('values that are there twice: told without them, and what is left goes at the next look', async () => {
    const client = await superuser();
    await client.query(
      'CREATE FUNCTION same(integer) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT $1::text$$',
    );
    await createBloated(client, 'twice');
    await client.query('DROP INDEX twice_v');
    await client.query(`CREATE UNIQUE INDEX twice_same ON twice (same(v)) WITH (fillfactor = 10)`);
    await client.query('ALTER INDEX twice_same SET (fillfactor = 90)');
    await client.query(
      `CREATE OR REPLACE FUNCTION same(integer) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'ada@menotime.example'$$`,
    );
    const { outcomes } = await work('twice');
    expect(outcomes.map(({ kind, status }) => [kind, status])).toEqual([
      ['rebuild index', 'failed'],
      ['drop leftover', 'done'],
    ]);
    expect(outcomes[0]?.reason).toContain('could not create unique index');
    expect(JSON.stringify(outcomes)).not.toContain('ada@');
    expect(await indexes(client, 'twice')).toEqual(['twice_same']);
  });

  test('a deadlock after the new index has its place: done, and the old one goes at the next look', async () => {
    const [writer, locker, watcher] = [await superuser(), await superuser(), await superuser()];
    await createBloated(watcher, 'stuck');
    await writer.query('BEGIN; UPDATE stuck SET id = id WHERE id = 5');
    const working = work('stuck');
    await eventually(rebuilding(watcher));
    // Nobody waits for this reader before the old index is to go; and it waits for the rebuild.
    await locker.query(`SET deadlock_timeout = '60s'`);
    await locker.query('BEGIN; SELECT count(*) FROM stuck');
    const locked = locker.query('LOCK TABLE stuck IN SHARE UPDATE EXCLUSIVE MODE');
    await sleep(100);
    await writer.query('COMMIT');
    await locked;
    await locker.query('COMMIT');
    const { outcomes } = await working;
    expect(outcomes.map(({ kind, status, target }) => [kind, status, target])).toEqual([
      ['rebuild index', 'done', 'public.stuck_v'],
      ['drop leftover', 'done', 'public.stuck_v_ccold'],
    ]);
    expect(outcomes[0]?.reason).toMatch(/has its place, and taking the old one away failed: .*40P01/);
    expect(await indexes(watcher, 'stuck')).toEqual(['stuck_v']);
  });

  test('the server dies in the middle: told, what is left goes, and a later run builds it', async () => {
    const [holder, watcher] = [await superuser(), await superuser()];
    await createBloated(watcher, 'struck');
    await holder.query('BEGIN; UPDATE struck SET id = id WHERE id = 5');
    const first = stage.work('indexes', { bloat }, { tables: ['public.struck'], slot: 'struck' });
    const { pid } = await eventually(rebuilding(watcher));
    process.kill(pid, 'SIGKILL');
    const { pending, measured, outcomes } = await first;
    const after = await eventually(() => superuser().catch(() => undefined));
    const again = await stage.work(
      'indexes',
      { bloat },
      {
        ...{ tables: ['public.struck'], slot: 'struck', pending, measured },
        tried: outcomes.map(({ id }) => id),
      },
    );
    expect([...outcomes, ...again.outcomes].map(({ kind, status }) => [kind, status])).toEqual([
      ['rebuild index', 'no effect'],
      ['drop leftover', 'done'],
    ]);
    expect(await indexes(after, 'struck')).toEqual(['struck_v']);
    const next = await work('struck');
    expect(next.outcomes.map(({ kind, status }) => [kind, status])).toEqual([['rebuild index', 'done']]);
  });
});
