import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { planVacuum } from '../../../../functions/db-maintenance/plan-vacuum.ts';
import { readServer } from '../../../../functions/db-maintenance/read-server.ts';
import { readTables } from '../../../../functions/db-maintenance/read-tables.ts';
import { reportPlan } from '../../../../functions/db-maintenance/report.ts';
import { dbMaintenance } from '../../../../shared/config/db-maintenance.ts';
import { isLong, rounds } from '../../../support/long-runs.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

/** In the long form as many as the largest of real schemas have. */
const tables = rounds(240, 10_000);
const settings = { vacuum: { leastRows: 1 }, lockTimeoutMs: 5_000 };
/** What a checkpoint takes. */
const checkpointBytes = 256 * 1_024;
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

let stage: MaintenanceStage;
beforeAll(async () => {
  stage = await startMaintenanceStage(15);
  const [app, stranger] = [await stage.as('app'), await stage.as('stranger')];
  // As long as names may be, and with letters that JSON has to escape. Strangers' tables have the most rows.
  const make = (letter: string, count: number, rows: number) => /* sql */ `DO $$ BEGIN
    FOR i IN 1..${count} LOOP
      EXECUTE format('CREATE TABLE %I (id integer) WITH (autovacuum_enabled = false)', rpad('${letter}"\\' || i, 63, '"'));
      EXECUTE format('INSERT INTO %I SELECT generate_series(1, ${rows})', rpad('${letter}"\\' || i, 63, '"'));
      IF i % 200 = 0 THEN COMMIT; END IF;
    END LOOP; END $$`;
  await stranger.query(make('s', tables / 2, 20));
  await app.query(make('a', tables / 2, 2));
  for (const client of [app, stranger]) {
    await client.query('SELECT pg_stat_force_next_flush()');
    await client.query('SELECT 1');
  }
}, 300_000);
afterAll(() => stage.stop());

test(`of ${tables} tables all are planned, and none that is refused takes another’s place`, async () => {
  const parsed = dbMaintenance.parse(settings);
  const began = Date.now();
  const facts = await stage.reach.connect(async (client) =>
    readTables(client, await readServer(client), parsed.vacuum, { only: null, leaveOut: [] }),
  );
  const plan = planVacuum(facts, parsed.vacuum, { window: parsed.window, now: new Date() });
  if (isLong) process.stdout.write(`${facts.length} tables read and planned in ${Date.now() - began} ms\n`);
  expect(plan.actions).toHaveLength(tables / 2);
  expect(plan.untouched).toHaveLength(tables / 2);
  const { report } = reportPlan([plan, plan, plan]);
  expect(bytesOf(report)).toBeLessThan(checkpointBytes);
  expect(report.actions.length + report.untouched.length + report.unnamed).toBe(3 * tables);
});

test('a shift of work fits into its checkpoint, and the next goes on behind it', async () => {
  const first = await stage.work('vacuum', settings, { untilMs: rounds(4_000, 300_000) });
  expect(first.outcomes.every(({ status }) => status === 'done')).toBe(true);
  expect(first.outcomes.length).toBeGreaterThan(rounds(1, 50));
  expect(first).toMatchObject({ isLeft: true, refused: tables / 2 });
  expect(bytesOf(first)).toBeLessThan(checkpointBytes);
  const tried = first.outcomes.map(({ id }) => id);
  const next = await stage.work('vacuum', settings, { untilMs: rounds(1_000, 10_000), tried });
  expect(next.outcomes.length).toBeGreaterThan(0);
  expect(next.outcomes.filter(({ id }) => tried.includes(id))).toEqual([]);
}, 300_000);
