import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';

const gate = 4_711;

let stage: JobStage;
let owner: Client;
beforeAll(async () => {
  stage = await startJobStage({
    refreshing: { budgetMinutes: 0.02, nightHours: 0.2, views: ['public.mv_gated'] },
  });
  const [database] = stage.databases;
  owner = new Client({ ...database?.instance.adminConnection, database: 'menotime_demo' });
  await owner.connect();
  await owner.query(`
    CREATE FUNCTION gated(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
      $$ BEGIN WHILE NOT pg_try_advisory_xact_lock_shared(${gate}) LOOP PERFORM pg_sleep(0.05); END LOOP; RETURN n; END $$;
    CREATE TABLE gated_rows AS SELECT 7 AS n;
    CREATE MATERIALIZED VIEW mv_gated AS SELECT gated(n) AS n FROM gated_rows WITH NO DATA;
    CREATE UNIQUE INDEX ON mv_gated (n);
    ALTER MATERIALIZED VIEW mv_gated OWNER TO nightshift;
    SELECT pg_advisory_lock(${gate})`);
});
afterAll(async () => {
  await owner?.end();
  await stage?.stop();
});

test('a refresh that is longer than an invocation is done once, over three of them', async () => {
  const told: string[] = [];
  const opened: Promise<unknown>[] = [];
  const result = await stage.refresh(
    { database: 'menotime', label: 'long' },
    {
      onLog: ({ fields }) => {
        const { message } = fields;
        if (typeof message !== 'string' || !/^Refresh/.test(message)) return;
        told.push(message);
        // The second invocation has seen it run.
        if (message === 'Refresh goes on in the server' && opened.length === 0)
          opened.push(owner.query('SELECT pg_advisory_unlock($1)', [gate]));
      },
    },
  );
  await Promise.all(opened);
  expect(told.slice(0, 3)).toEqual([
    'Refreshing',
    'Refresh left to the server',
    'Refresh goes on in the server',
  ]);
  expect(told.filter((message) => message === 'Refreshing')).toHaveLength(1);
  expect(result.kind === 'done' && result.record.report).toMatchObject({
    views: [{ view: 'public.mv_gated', status: 'refreshed', rows: 1 }],
  });
  const { rows } = await owner.query('SELECT count(*)::int AS n FROM nightshift.view_refreshes');
  expect(rows).toEqual([{ n: 1 }]);
});
