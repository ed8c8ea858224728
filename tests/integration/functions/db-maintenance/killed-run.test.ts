import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type JobRun, runJob } from '../../../../cli/job-process.ts';
import type { DbMaintenanceReport } from '../../../../functions/db-maintenance/report.ts';
import { readStage } from '../../../../infra/build/stage.ts';
import { type LocalStage, startLocalStage } from '../../../../infra/local/stage.ts';
import { parseConfig } from '../../../../shared/config/define.ts';
import type { SlotResult } from '../../../../shared/job/run-slot.ts';
import { demoTemplate } from '../../../support/demo-template.ts';
import { eventually } from '../../../support/detached-stage.ts';

const settings = {
  window: { from: '00:00', hours: 24 },
  integrity: { everyDays: 0 },
  vacuum: { wraparoundShare: 0.0005 },
  bloat: { minMiB: 0 },
  budgetMinutes: 1,
  nightHours: 0.2,
};

let stage: LocalStage;
let owner: Client;
let holder: Client;

beforeAll(async () => {
  const config = await readStage({ stage: 'demo', configFile: 'nightshift.config.ts' });
  const { menotime } = config.databases;
  const changed = { ...config, databases: { menotime: { ...menotime, dbMaintenance: settings } } };
  const parsed = parseConfig({ stages: { demo: changed } }, 'the changed demo config').stages.demo ?? config;
  stage = await startLocalStage({ stage: 'demo', config: parsed, template: await demoTemplate() });
  const connection = { ...stage.databases[0]?.instance.adminConnection, database: 'menotime_demo' };
  [owner, holder] = [new Client(connection), new Client(connection)];
  await Promise.all([owner.connect(), holder.connect()]);
  await owner.query('GRANT rdsadmin TO nightshift');
  await owner.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
});
afterAll(async () => {
  await Promise.all([owner?.end(), holder?.end()]);
  await stage?.stop();
});

type Result = SlotResult<DbMaintenanceReport>;

function run(event: object, extra: Partial<JobRun> = {}): Promise<Result> {
  return runJob<Result>({
    job: 'db-maintenance',
    functionName: stage.names.functionName('db-maintenance'),
    event: { database: 'menotime', ...event },
    environment: stage.environment,
    onLog: () => undefined,
    ...extra,
  });
}

/** Sessions of the job that run such a statement now. */
async function atWork(words: string): Promise<number> {
  const { rows } = await owner.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE application_name LIKE 'nightshift db-maintenance %' AND state = 'active' AND starts_with(query, $1)`,
    [words],
  );
  return rows[0]?.n ?? 0;
}

async function callsOf(words: string): Promise<number> {
  const { rows } = await owner.query<{ n: number }>(
    `SELECT coalesce(sum(calls), 0)::int AS n FROM pg_stat_statements WHERE starts_with(query, $1)`,
    [words],
  );
  return rows[0]?.n ?? 0;
}

/** Kills a run in the middle of a statement, delivers its event twice more, and lets the statement come to its end. */
async function killAndDeliverAgain(event: object, words: string, release: () => Promise<unknown>) {
  const killer = new AbortController();
  const first = run(event, { signal: killer.signal }).then(
    () => 'ended',
    () => 'killed',
  );
  await eventually(async () => ((await atWork(words)) > 0 ? true : undefined));
  killer.abort();
  expect(await first).toBe('killed');
  expect(await atWork(words)).toBe(1);
  let waits = 0;
  const onLog: JobRun['onLog'] = ({ fields }) => {
    if (String(fields.message).startsWith('Waits for what an earlier run')) waits += 1;
  };
  const both = [run(event, { onLog }), run(event, { onLog })];
  await eventually(async () => (waits > 0 ? true : undefined));
  expect(await atWork(words)).toBe(1);
  await release();
  return Promise.all(both);
}

function outcomesOf(results: readonly Result[]) {
  return results.flatMap((result) =>
    result.kind === 'done' && result.record.report?.kind === 'run' ? [result.record.report.outcomes] : [],
  );
}

describe('a run is killed, and its event delivered twice more:', () => {
  test('its VACUUM is waited for and told by one of them, and never done twice', async () => {
    await owner.query(/* sql */ `
      CREATE TABLE held (id integer) WITH (autovacuum_enabled = false, autovacuum_freeze_max_age = 100000);
      INSERT INTO held SELECT generate_series(1, 5000)`);
    await owner.query(
      /* sql */ `DO $$ BEGIN FOR i IN 1..60 LOOP INSERT INTO held VALUES (i); COMMIT; END LOOP; END $$`,
    );
    // A page that a cursor stands on cannot be frozen.
    await holder.query('BEGIN; DECLARE here CURSOR FOR SELECT * FROM held; FETCH 1 FROM here');
    const words = 'VACUUM (ANALYZE';
    const event = { label: 'killed-vacuum', tables: ['public.held'] };
    const results = await killAndDeliverAgain(event, words, () => holder.query('COMMIT'));
    expect(results.map(({ kind }) => kind).sort()).toEqual(['already running', 'done']);
    expect(outcomesOf(results)).toMatchObject([[{ kind: 'vacuum', target: 'public.held', status: 'done' }]]);
    expect(await callsOf(words)).toBe(1);
  }, 60_000);

  test('so is the index that it was building anew', async () => {
    await owner.query(/* sql */ `
      CREATE TABLE hollow (id integer PRIMARY KEY) WITH (autovacuum_enabled = false);
      INSERT INTO hollow SELECT generate_series(1, 20000);
      DELETE FROM hollow WHERE id % 20 > 0`);
    await owner.query('VACUUM (ANALYZE) hollow');
    await owner.query('VACUUM (ANALYZE) hollow');
    await holder.query('BEGIN; INSERT INTO hollow VALUES (-1)');
    const words = 'REINDEX INDEX CONCURRENTLY';
    const event = { label: 'killed-rebuild', tables: ['public.hollow'] };
    const results = await killAndDeliverAgain(event, words, () => holder.query('ROLLBACK'));
    expect(outcomesOf(results)).toMatchObject([
      [{ kind: 'rebuild index', target: 'public.hollow_pkey', status: 'done' }],
    ]);
    expect(await callsOf(words)).toBe(1);
    const { rows } = await owner.query(
      `SELECT relname FROM pg_class JOIN pg_index ON indexrelid = oid WHERE indrelid = 'hollow'::regclass`,
    );
    expect(rows).toEqual([{ relname: 'hollow_pkey' }]);
  }, 60_000);
});
