import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';

const gate = 4_712;

let stage: JobStage;
let owner: Client;
beforeAll(async () => {
  stage = await startJobStage({
    refreshing: { budgetMinutes: 0.02, nightHours: 0.0005, views: ['public.mv_endless'] },
  });
  const [database] = stage.databases;
  owner = new Client({ ...database?.instance.adminConnection, database: 'menotime_demo' });
  await owner.connect();
  await owner.query(`
    CREATE FUNCTION endless(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
      $$ BEGIN WHILE NOT pg_try_advisory_xact_lock_shared(${gate}) LOOP PERFORM pg_sleep(0.05); END LOOP; RETURN n; END $$;
    CREATE TABLE endless_rows AS SELECT 7 AS n;
    CREATE MATERIALIZED VIEW mv_endless AS SELECT endless(n) AS n FROM endless_rows WITH NO DATA;
    ALTER MATERIALIZED VIEW mv_endless OWNER TO nightshift;
    SELECT pg_advisory_lock(${gate})`);
});
afterAll(async () => {
  await owner?.end();
  await stage?.stop();
});

test('a night that ends while a view is locked by its refresh says so, and waits for nobody', async () => {
  const night = stage.refresh({ database: 'menotime', label: 'short' });
  await expect(night).rejects.toThrow(
    /1 view is older than promised.*mv_endless: unfinished.*Nobody knows how old it is/s,
  );
});
