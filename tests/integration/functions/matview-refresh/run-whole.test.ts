import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunReport } from '../../../../functions/matview-refresh/report.ts';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import { type JobStage, type MatviewRefreshResult, startJobStage } from '../../../support/job-stage.ts';

const views = ['public.mv_scenario_daily_stats', 'public.mv_monthly_costs', 'public.mv_source_analytics'];

let stage: JobStage;
beforeAll(async () => {
  stage = await startJobStage();
});
afterAll(() => stage?.stop());

const byHand = (label: string, more: object = {}) => ({ database: 'menotime', label, ...more });

/** A session of its own, which has ended, and so told what it did, when this answers. */
async function sql<Row>(text: string): Promise<Row[]> {
  const [database] = stage.databases;
  if (!database) throw new Error('The demo has no database.');
  const connection = { ...database.instance.adminConnection, database: 'menotime_demo' };
  return withConnection(connection, async (client) => (await client.query(text)).rows as Row[]);
}

function reportOf(result: MatviewRefreshResult): RunReport {
  const report = result.kind === 'done' ? result.record.report : undefined;
  if (report?.kind !== 'run') throw new Error(`Nothing was refreshed: ${JSON.stringify(result)}`);
  return report;
}

const statuses = ({ views: all }: RunReport) =>
  Object.fromEntries(all.map(({ view, status }) => [view, status]));

/** Rows of the view that its definition does not answer, and the other way round. */
async function differing(view: string): Promise<number> {
  const [row] = await sql<{ definition: string }>(`SELECT pg_get_viewdef('${view}'::regclass) AS definition`);
  const query = row?.definition.replace(/;\s*$/, '') ?? '';
  const [found] = await sql<{ n: number }>(
    `SELECT count(*)::int AS n FROM ((TABLE ${view} EXCEPT ALL (${query})) UNION ALL ((${query}) EXCEPT ALL TABLE ${view})) AS differing`,
  );
  return found?.n ?? -1;
}

test('a dry run prints the graph in order, with the reason for each view', async () => {
  const result = await stage.refresh({ ...byHand('look'), dryRun: true });
  expect(result.kind === 'planned' && result.report).toMatchObject({
    kind: 'plan',
    views: [
      {
        view: 'public.mv_scenario_daily_stats',
        kind: 'refresh',
        reason: 'never refreshed by Nightshift',
        after: [],
      },
      { view: 'public.mv_source_analytics', kind: 'refresh' },
      { view: 'public.mv_monthly_costs', kind: 'refresh', after: ['public.mv_scenario_daily_stats'] },
    ],
  });
  expect(await sql(`SELECT 1 FROM nightshift.view_refreshes`)).toEqual([]);
});

test('what was never refreshed by us is, and holds what its definition answers', async () => {
  await sql(`INSERT INTO scenario_metrics
             SELECT gen_random_uuid(), id, now() - interval '1 day', 'cost', 'llm', 7, 'usd' FROM scenarios`);
  const report = reportOf(
    await stage.refresh({ trigger: 'schedule', database: 'menotime', scheduledTime: '2026-01-02T06:00:00Z' }),
  );
  expect(statuses(report)).toEqual(Object.fromEntries(views.map((view) => [view, 'refreshed'])));
  expect(report.views).toContainEqual(
    expect.objectContaining({
      method: 'concurrently',
      rows: expect.any(Number),
      seconds: expect.any(Number),
    }),
  );
  for (const view of views) expect(await differing(view)).toBe(0);
});

test('the same event again is answered with what was done', async () => {
  const event = { trigger: 'schedule', database: 'menotime', scheduledTime: '2026-01-02T06:00:00Z' };
  expect(await stage.refresh(event)).toMatchObject({ kind: 'done', before: true });
});

test('where nothing has changed, nothing is refreshed', async () => {
  const report = reportOf(await stage.refresh(byHand('again')));
  expect(statuses(report)).toEqual(Object.fromEntries(views.map((view) => [view, 'skipped'])));
  expect(report.stale).toEqual([]);
  expect(report.views.every(({ asOf }) => Date.now() - Date.parse(asOf ?? '') < 120_000)).toBe(true);
});

test('only what a changed table reaches is refreshed, through a plain view as well', async () => {
  // On days that have logs: of others the views show nothing.
  await sql(`INSERT INTO scenario_metrics
             SELECT gen_random_uuid(), scenario_id, received_at, 'cost', 'llm', 11, 'usd' FROM scenario_logs LIMIT 3`);
  const report = reportOf(await stage.refresh(byHand('changed')));
  expect(statuses(report)).toEqual({
    'public.mv_scenario_daily_stats': 'refreshed',
    'public.mv_monthly_costs': 'refreshed',
    'public.mv_source_analytics': 'skipped',
  });
  for (const view of views) expect(await differing(view)).toBe(0);
});

test('one view by its name, with what hangs on it, whether it has changed or not', async () => {
  const [view] = views;
  const alone = reportOf(await stage.refresh(byHand('alone', { views: [view], force: true })));
  expect(statuses(alone)).toEqual({ 'public.mv_scenario_daily_stats': 'refreshed' });
  const both = reportOf(
    await stage.refresh(byHand('both', { views: [view], withDependents: true, force: true })),
  );
  expect(both.counts).toMatchObject({ refreshed: 2, skipped: 0 });
});

test('a view that cannot be refreshed fails the run with what mends it, and the others are', async () => {
  await sql(`CREATE MATERIALIZED VIEW mv_bare AS SELECT source, count(*) AS logs FROM scenario_logs GROUP BY 1;
             CREATE MATERIALIZED VIEW mv_on_bare AS SELECT sum(logs) AS logs FROM mv_bare;
             ALTER MATERIALIZED VIEW mv_on_bare OWNER TO nightshift;
             INSERT INTO scenario_logs SELECT * FROM scenario_logs WHERE false`);
  const failing = stage.refresh(byHand('bare'));
  await expect(failing).rejects.toThrow(
    /mv_bare: refused: it belongs to "rdsadmin".*\n {2}→ ALTER MATERIALIZED VIEW "public"\."mv_bare" OWNER TO/,
  );
  await expect(failing).rejects.toThrow(/mv_on_bare: held up: .*public\.mv_bare/);
  await expect(failing).rejects.toThrow(/2 of 5 views/);
  await sql('ALTER MATERIALIZED VIEW mv_bare OWNER TO nightshift');
  await expect(stage.refresh(byHand('bare-again'))).rejects.toThrow(
    /mv_bare: refused: its readers would have to wait.*\n {2}→ CREATE UNIQUE INDEX CONCURRENTLY/,
  );
  await sql('CREATE UNIQUE INDEX ON mv_bare (source)');
  await sql('CREATE UNIQUE INDEX ON mv_on_bare (logs)');
  const report = reportOf(await stage.refresh(byHand('mended')));
  expect(statuses(report)).toMatchObject({ 'public.mv_bare': 'refreshed', 'public.mv_on_bare': 'refreshed' });
});

test('rows that are not unique by their index fail with what mends them, as the log says at once', async () => {
  await sql(`CREATE TABLE twice (id int, word text); INSERT INTO twice VALUES (1, 'a'); GRANT SELECT ON twice TO nightshift;
             CREATE MATERIALIZED VIEW mv_twice AS SELECT id, word FROM twice; CREATE UNIQUE INDEX ON mv_twice (id);
             ALTER MATERIALIZED VIEW mv_twice OWNER TO nightshift; INSERT INTO twice VALUES (1, 'b')`);
  const told: unknown[] = [];
  const failing = stage.refresh(byHand('twice', { views: ['public.mv_twice'] }), {
    onLog: ({ fields }) => told.push([fields.level, fields.message, fields.view]),
  });
  await expect(failing).rejects.toThrow(
    /^1 of 1 view could not be brought up to date\. It holds what it held before\.\n\npublic\.mv_twice: failed: .*23505.*mv_twice_id_idx.*mend the query, or make the index of more columns\.$/,
  );
  expect(told).toContainEqual(['WARN', 'Refresh failed', 'public.mv_twice']);
  expect(await sql('SELECT word FROM mv_twice')).toEqual([{ word: 'a' }]);
  await sql('DROP MATERIALIZED VIEW mv_twice');
});

test('a label that stands for one view is not taken for another that is asked for', async () => {
  const [first, second] = views;
  const asked = byHand('one', { views: [first] });
  await stage.refresh(asked);
  expect(await stage.refresh(asked)).toMatchObject({ kind: 'done', before: true });
  await expect(stage.refresh(byHand('one', { views: [second] }))).rejects.toThrow(
    /label "one" stands for a refresh of "public.mv_scenario_daily_stats" since .*asks for one of "public.mv_monthly_costs"/,
  );
  await expect(stage.refresh({ ...asked, force: true })).rejects.toThrow(/changed or not/);
});

test('killed while it refreshes, and started again: each view once, none twice, none lost', async () => {
  for (const [at, message] of ['Refreshing', 'Refreshed', 'Refreshing'].entries()) {
    const event = byHand(`killed-${at}`, { force: true });
    const killed = new AbortController();
    let seen = 0;
    const run = stage.refresh(event, {
      signal: killed.signal,
      onLog: ({ fields }) => {
        if (fields.message !== message) return;
        seen += 1;
        if (seen > at) killed.abort();
      },
    });
    await expect(run).rejects.toThrow();
    const report = reportOf(await stage.refresh(event));
    expect(report.counts).toMatchObject({ refreshed: 5, failed: 0, skipped: 0 });
    const rows = await sql<{ n: number; ended: number }>(
      `SELECT count(*)::int AS n, count(ended_at)::int AS ended FROM nightshift.view_refreshes WHERE slot = 'killed-${at}'`,
    );
    expect(rows).toEqual([{ n: 5, ended: 5 }]);
  }
  for (const view of views) expect(await differing(view)).toBe(0);
});
